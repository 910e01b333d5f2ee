import { Http2Fault } from "./http2-fault.ts";
import { errorCode } from "./wire-constants.ts";

/** Bytes that may wait for a peer's windows without end: some hundred downloads that nobody reads at the moment. */
const patientBytes = 16 * 1024 * 1024;
/** How long more than that may wait while nothing at all moves. */
const patienceMs = 30_000;
/**
 * A target's first chunk, read before anybody knew that the window was shut; an application's, behind what it sent
 * before its tunnel stood or the head of its request.
 */
const serverChunk = 4 * 1024;
const clientChunk = 64 * 1024;
/** Answers to frames that a peer provokes and does not read. */
const mostOutput = 4 * 1024 * 1024;

/** What the streams' last chunks may add to what is kept for a peer that opens no window. */
export const lastChunks = (isServer: boolean, streams: number): number =>
  streams * (isServer ? serverChunk : clientChunk);

/** Ends connections whose peer makes us keep bytes and does not take them (zero windows, a socket that is not read). */
export class SlowReader {
  #released = 0;
  #since: number | undefined;

  /** About twice a second. `released` grows when waiting bytes go out. Throws Http2Fault. */
  check(now: number, backlog: number, released: number): void {
    if (backlog < patientBytes || released !== this.#released) {
      this.#released = released;
      this.#since = undefined;
      return;
    }
    this.#since ??= now;
    if (now - this.#since > patienceMs) throw calm("the peer does not read what it asked for");
  }

  /** After each piece of input. Throws Http2Fault. */
  checkOutput(length: number): void {
    if (length > mostOutput) throw calm("the peer does not read our answers");
  }
}

const calm = (reason: string): Http2Fault => new Http2Fault(errorCode.enhanceYourCalm, reason);
