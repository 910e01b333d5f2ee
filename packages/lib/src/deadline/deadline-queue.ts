/**
 * The same deadline for many things with one timer: what was added first is due first. Adding, renewing and removing
 * cost a map operation each, no timer and no closure. It does not keep the process alive.
 */
export class DeadlineQueue<Item> {
  readonly #ms: number;
  readonly #expired: (item: Item) => void;
  /** In the order of their time, since all wait equally long. */
  readonly #due = new Map<Item, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param ms how long each item may stay. `expired` gets those that stayed longer, removed already. */
  constructor(ms: number, expired: (item: Item) => void) {
    this.#ms = ms;
    this.#expired = expired;
  }

  get size(): number {
    return this.#due.size;
  }

  /** The one that is due first. */
  get oldest(): Item | undefined {
    return this.#due.keys().next().value;
  }

  /** Starts the item's time, or starts it anew. */
  add(item: Item): void {
    this.#due.delete(item);
    this.#due.set(item, performance.now() + this.#ms);
    this.#timer ??= setTimeout(this.#fire, this.#ms).unref();
  }

  /** Ends the item's time; one that is not there is no fault. */
  delete(item: Item): void {
    this.#due.delete(item);
  }

  /** Forgets all items and the timer. */
  clear(): void {
    this.#due.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #fire = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    for (const [item, due] of this.#due) {
      if (due > now) {
        this.#timer ??= setTimeout(this.#fire, Math.ceil(due - now)).unref();
        return;
      }
      this.#due.delete(item);
      this.#expired(item);
    }
  };
}
