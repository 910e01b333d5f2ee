import { TokenBucket } from "./token-bucket.ts";

/**
 * Our own resets, held to what the other side bears. A server never holds back. A client does towards servers that
 * do not say that they forgive more: nghttp2, and all that is built on it, ends a connection after 1,000 resets and
 * 33 a second. A reset that is held back keeps its place in the stream limit.
 */
export class ResetPacer {
  #bucket: TokenBucket | undefined;
  #held: number[] = [];

  constructor(isServer: boolean) {
    this.#bucket = isServer ? undefined : new TokenBucket(1_000, 33);
  }

  /** Resets that wait. */
  get length(): number {
    return this.#held.length;
  }

  /** The server's SETTINGS: resets a second that it forgives, undefined where it does not say. */
  limits(perSecond: number | undefined): void {
    if (perSecond !== undefined && this.#bucket !== undefined) {
      this.#bucket = new TokenBucket(10 * perSecond, perSecond);
    }
  }

  /** Whether this reset may go now; otherwise it comes out of `due` later. */
  mayReset(id: number, now: number): boolean {
    if (this.#bucket === undefined || (this.#held.length === 0 && this.#bucket.take(now))) return true;
    this.#held.push(id);
    return false;
  }

  /** Held resets that may go now. */
  *due(now: number): Generator<number> {
    while (this.#held.length > 0 && this.#bucket!.take(now)) yield this.#held.shift()!;
  }
}
