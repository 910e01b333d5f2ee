import { Http2Fault } from "./http2-fault.ts";
import { TokenBucket } from "./token-bucket.ts";
import { errorCode } from "./wire-constants.ts";

/**
 * What a peer may cost us without moving bytes. Every limit ends the connection with ENHANCE_YOUR_CALM.
 * An honest client of ours cancels some thousand tunnels a second at most (a browser closing its tabs).
 */
export class AbuseBudget {
  /** Resets that the peer sends, and those that its faults make us send (CVE-2023-44487 and its mirror). */
  readonly #resets = new TokenBucket(10_000, 1_000);
  /** SETTINGS, PING, PRIORITY, GOAWAY, interim answers, frames of unknown types: each costs an answer or a parse. */
  readonly #control = new TokenBucket(2_000, 2_000);
  /** DATA frames without a byte, padding not counted, and without END_STREAM. */
  readonly #empty = new TokenBucket(1_000, 100);
  /** Header lists above the limit: each costs the reading of a block and leaves nothing. */
  readonly #oversized = new TokenBucket(100, 10);
  /** Requests other than CONNECT, each answered with 405: who takes us for a server of files has heard it by then. */
  readonly #others = new TokenBucket(1_000, 100);

  reset(now: number): void {
    if (!this.#resets.take(now)) throw calm("too many streams were reset");
  }

  control(now: number): void {
    if (!this.#control.take(now)) throw calm("too many control frames");
  }

  oversizedList(now: number): void {
    if (!this.#oversized.take(now)) throw calm("too many header lists were too large");
  }

  emptyData(now: number): void {
    if (!this.#empty.take(now)) throw calm("too many empty DATA frames");
  }

  otherMethod(now: number): void {
    if (!this.#others.take(now)) throw calm("too many requests other than CONNECT");
  }
}

const calm = (reason: string): Http2Fault => new Http2Fault(errorCode.enhanceYourCalm, reason);
