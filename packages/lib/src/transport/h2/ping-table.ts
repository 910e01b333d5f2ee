/** Told the round trip in milliseconds, or undefined when the connection ended first. */
export type PingListener = (roundTripMs: number | undefined) => void;

/** PINGs under way, by the number that their payload carries. */
export class PingTable {
  readonly #sent = new Map<number, { readonly at: number; readonly listener: PingListener }>();
  #last = 0;

  /** @returns the number to send. */
  add(now: number, listener: PingListener): number {
    this.#last = (this.#last + 1) >>> 0;
    this.#sent.set(this.#last, { at: now, listener });
    return this.#last;
  }

  /** An acknowledgement; one that we did not ask for is ignored. */
  acknowledge(number: number, now: number): void {
    const ping = this.#sent.get(number);
    if (ping === undefined) return;
    this.#sent.delete(number);
    ping.listener(now - ping.at);
  }

  forget(number: number): void {
    this.#sent.delete(number);
  }

  fail(): void {
    const sent = [...this.#sent.values()];
    this.#sent.clear();
    for (const { listener } of sent) listener(undefined);
  }
}
