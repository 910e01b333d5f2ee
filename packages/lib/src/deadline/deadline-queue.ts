/**
 * What a {@link DeadlineQueue} holds: in one queue at most, whichever it was added to last. Links of its own make a
 * change of place cost neither a hash nor an allocation.
 */
export abstract class QueuedDeadline {
  /** The queues' own, as all below. */
  queue: DeadlineQueue<never> | undefined = undefined;
  due = 0;
  before: QueuedDeadline | undefined = undefined;
  after: QueuedDeadline | undefined = undefined;
}

/**
 * The same deadline for many things with one timer: what was added first is due first. Adding, renewing and removing
 * move a few links, no timer and no closure. It does not keep the process alive.
 */
export class DeadlineQueue<Item extends QueuedDeadline> {
  readonly #ms: number;
  readonly #expired: (item: Item) => void;
  /** Both ends of the items in the order of their time, since all wait equally long. */
  #first: QueuedDeadline | undefined;
  #last: QueuedDeadline | undefined;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param ms how long each item may stay. `expired` gets those that stayed longer, removed already. */
  constructor(ms: number, expired: (item: Item) => void) {
    this.#ms = ms;
    this.#expired = expired;
  }

  get size(): number {
    return this.#size;
  }

  /** The one that is due first. */
  get oldest(): Item | undefined {
    return this.#first as Item | undefined;
  }

  /** Starts the item's time, or starts it anew. From another queue it is removed. */
  add(item: Item): void {
    item.queue?.delete(item as never);
    item.queue = this as unknown as DeadlineQueue<never>;
    item.due = performance.now() + this.#ms;
    item.before = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.after = item;
    this.#last = item;
    this.#size++;
    this.#timer ??= setTimeout(this.#fire, this.#ms).unref();
  }

  /** Ends the item's time; one that is not there is no fault. */
  delete(item: Item): void {
    if (item.queue !== (this as unknown)) return;
    const { before, after } = item;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    item.queue = undefined;
    item.before = undefined;
    item.after = undefined;
    this.#size--;
  }

  /** Forgets all items and the timer. */
  clear(): void {
    for (let item = this.oldest; item !== undefined; item = this.oldest) this.delete(item);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #fire = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    for (let item = this.oldest; item !== undefined; item = this.oldest) {
      if (item.due > now) {
        this.#timer ??= setTimeout(this.#fire, Math.ceil(item.due - now)).unref();
        return;
      }
      this.delete(item);
      this.#expired(item);
    }
  };
}
