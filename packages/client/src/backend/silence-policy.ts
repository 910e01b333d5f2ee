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

/** A poll that comes so late means that this process stood still: what was sent to it may lie unread. */
const standstillMs = 2000;

/**
 * Whether the other side has fallen silent, from what is counted anyway: something was sent that must be acknowledged
 * (data, or QUIC's own keep-alive), and nothing came back. Acknowledgements of ours need no answer, but they go at once:
 * what is sent a poll after the last packet came is no such one.
 */
export class SilencePolicy {
  #polledAt: number | undefined;
  #received = -1;
  /** Sent when nothing had come for a whole poll. */
  #sent: number | undefined;
  /** Since when an answer is due. */
  #askedAt: number | undefined;

  /** Milliseconds until the next poll. */
  nextPollMs(openStreams: number): number {
    return openStreams > 0 || this.#askedAt !== undefined ? busyPollMs : idlePollMs;
  }

  /** @returns whether the other side is silent. */
  poll(now: number, { sentBytes, receivedBytes, rttMs }: PathCount): boolean {
    const stoodStill = this.#polledAt !== undefined && now - this.#polledAt > standstillMs;
    this.#polledAt = now;
    if (receivedBytes !== this.#received || stoodStill) {
      this.#received = receivedBytes;
      this.#sent = undefined;
      this.#askedAt = undefined;
      return false;
    }
    if (this.#sent === undefined) this.#sent = sentBytes;
    else if (sentBytes > this.#sent) this.#askedAt ??= now;
    if (this.#askedAt === undefined) return false;
    return now - this.#askedAt >= Math.max(leastPatienceMs, patienceRtts * rttMs);
  }
}
