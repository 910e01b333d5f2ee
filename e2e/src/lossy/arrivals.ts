/** What is on its way: comes out in the order of its time, and of its coming where two have the same. Has no clock. */
export class Arrivals<T> {
  readonly #waiting: { readonly at: number; readonly what: T }[] = [];

  /** @returns whether it is the next to arrive. */
  add(at: number, what: T): boolean {
    let place = this.#waiting.length;
    while (place > 0 && (this.#waiting[place - 1]?.at ?? 0) > at) place--;
    this.#waiting.splice(place, 0, { at, what });
    return place === 0;
  }

  /** When the next arrives. */
  get next(): number | undefined {
    return this.#waiting[0]?.at;
  }

  /** All that have arrived by now. */
  take(now: number): readonly T[] {
    const later = this.#waiting.findIndex(({ at }) => at > now);
    return this.#waiting.splice(0, later < 0 ? this.#waiting.length : later).map(({ what }) => what);
  }
}
