/** What a path has carried so far, as QUIC counts it. */
export interface PathCount {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly rttMs: number;
}

/** An answer that is late by so many round trips does not come; a packet may be lost and sent again meanwhile. */
const patienceRtts = 4;
const leastPatienceMs = 1000;

/** Polls while tunnels are open, and while none is. */
const busyPollMs = 250;
const idlePollMs = 1000;

/** The same for the end of all that is open: time for QUIC to ask again a few times, should packets be lost. */
const endRtts = 8;
const leastEndMs = 2500;

/** A poll that comes so late means that this process stood still: what was sent to it may lie unread. */
const standstillMs = 2000;

/**
 * `silent`: it gets nothing new, but may come back. `dead`: what is open on it ends; a process that is gone, stands
 * still or is cut off cannot be told apart by UDP, and nobody should wait for it longer than for a keep-alive.
 */
export type PathState = "alive" | "silent" | "dead";

/**
 * Whether the other side has fallen silent, from what is counted anyway: something was sent that must be acknowledged
 * (data, or QUIC's own keep-alive), and nothing came back. Acknowledgements of ours need no answer, but they go at once:
 * what is sent a poll after the last packet came is no such one.
 */
export class SilencePolicy {
  readonly #keepAliveMs: number;
  readonly #maxIdleMs: number;
  #polledAt: number | undefined;
  #received = -1;
  #receivedAt = 0;
  /** Sent when nothing had come for a whole poll. */
  #sent: number | undefined;
  /** Since when an answer is due. */
  #askedAt: number | undefined;

  /**
   * `keepAliveMs`: after so much silence QUIC asks for a sign of life; 0: it never does, and nothing is called dead for
   * want of an answer. `maxIdleMs`: after so much silence, asked or not, it is dead; 0: never.
   */
  constructor(keepAliveMs: number, maxIdleMs: number) {
    this.#keepAliveMs = keepAliveMs;
    this.#maxIdleMs = maxIdleMs;
  }

  /** Milliseconds until the next poll. */
  nextPollMs(openStreams: number): number {
    return openStreams > 0 || this.#askedAt !== undefined ? busyPollMs : idlePollMs;
  }

  poll(now: number, { sentBytes, receivedBytes, rttMs }: PathCount): PathState {
    const stoodStill = this.#polledAt !== undefined && now - this.#polledAt > standstillMs;
    this.#polledAt = now;
    if (receivedBytes !== this.#received || stoodStill) {
      this.#received = receivedBytes;
      this.#receivedAt = now;
      this.#sent = undefined;
      this.#askedAt = undefined;
      return "alive";
    }
    if (this.#maxIdleMs > 0 && now - this.#receivedAt >= this.#maxIdleMs) return "dead";
    if (this.#sent === undefined) this.#sent = sentBytes;
    else if (sentBytes > this.#sent) this.#askedAt ??= now;
    if (this.#askedAt === undefined) return "alive";
    const unansweredMs = now - this.#askedAt;
    if (unansweredMs < Math.max(leastPatienceMs, patienceRtts * rttMs)) return "alive";
    const endMs = Math.max(leastEndMs, endRtts * rttMs);
    const isOver = unansweredMs >= endMs && now - this.#receivedAt >= this.#keepAliveMs + endMs;
    return isOver && this.#keepAliveMs > 0 ? "dead" : "silent";
  }
}
