import { ByteQueue } from "./byte-queue.ts";
import { Http2Fault } from "./http2-fault.ts";
import { OutputBlock } from "./output-block.ts";
import { type Http2Stream, streamState } from "./stream.ts";
import { StreamQueue } from "./stream-queue.ts";
import {
  errorCode,
  flag,
  frameType,
  initialMaxFrameSize,
  initialWindow,
  maxWindow,
} from "./wire-constants.ts";

/** Bytes in the block from which on bulk writers wait for the next turn. */
export const bulkMark = 256 * 1024;
/** A chunk up to this size is urgent: it may pass the mark, so that a ping does not wait behind a download. */
const urgentChunk = 4 * 1024;
/** Bytes in the block that even urgent chunks may not pass. */
const urgentMark = 2 * bulkMark;
/** What one waiting writer is expected to bring when it is told to go on. */
const expectedChunk = 64 * 1024;

/**
 * Decides what goes into the output block and in which order. A chunk is copied into the block at once while
 * windows and block have room; what the windows hold back waits in its stream and goes out one frame a stream and
 * turn. Writers that were told to wait are told to go on in the order in which they came.
 */
export class FairSender {
  output = new OutputBlock();
  /** Bytes that the connection's window lets us send. */
  window = initialWindow;
  maxFrameSize = initialMaxFrameSize;
  /** Bytes waiting in all streams. */
  backlog = 0;
  /** Bytes that waited and were sent since the start: whether the peer reads at all. */
  released = 0;
  readonly #maxFrameSizeWanted: number;
  readonly #maxBacklog: number;
  readonly #host: { wake(): void };
  readonly #endSent: (stream: Http2Stream) => void;
  readonly #ready = new StreamQueue(streamState.queued);
  readonly #waiting = new StreamQueue(streamState.waiting);

  constructor(
    maxFrameSize: number,
    maxBacklog: number,
    host: { wake(): void },
    endSent: (stream: Http2Stream) => void,
  ) {
    this.#maxFrameSizeWanted = maxFrameSize;
    this.#maxBacklog = maxBacklog;
    this.#host = host;
    this.#endSent = endSent;
  }

  /** The peer takes frames up to `size`. */
  allowFrames(size: number): void {
    this.maxFrameSize = Math.min(size, this.#maxFrameSizeWanted);
  }

  write(stream: Http2Stream, chunk: Uint8Array): boolean {
    let sent = 0;
    if (stream.backlog === undefined) {
      const room = Math.min(stream.sendWindow, this.window, this.#maxBacklog - this.output.length);
      sent = Math.max(0, Math.min(room, chunk.length));
      if (sent > 0) {
        this.#emit(stream, chunk, sent);
        this.#host.wake();
      }
    }
    if (sent < chunk.length) {
      const rest = sent === 0 ? chunk : chunk.subarray(sent);
      stream.backlog ??= new ByteQueue();
      stream.backlog.push(rest);
      this.backlog += rest.length;
      if (stream.sendWindow > 0) this.#enqueue(stream);
      stream.state |= streamState.wantsDrain;
      return false;
    }
    if (this.output.length >= (chunk.length <= urgentChunk ? urgentMark : bulkMark)) {
      stream.state |= streamState.wantsDrain;
      this.#waiting.push(stream);
      return false;
    }
    if (stream.sendWindow > 0) return true;
    // `creditStream` lets it go on: what is written before that would only be copied and kept.
    stream.state |= streamState.wantsDrain;
    return false;
  }

  /** Whether the windows take so much at once. */
  fits(stream: Http2Stream, length: number): boolean {
    return stream.backlog === undefined && length <= Math.min(stream.sendWindow, this.window);
  }

  /** Sends what `fits`, beside a full block as well. */
  writeNow(stream: Http2Stream, chunk: Uint8Array): void {
    this.#emit(stream, chunk, chunk.length);
    this.#host.wake();
  }

  end(stream: Http2Stream): void {
    if (stream.backlog !== undefined) return;
    this.#sendEnd(stream);
  }

  /** A WINDOW_UPDATE for the connection. */
  creditConnection(increment: number): void {
    this.window += increment;
    if (this.window > maxWindow) throw new Http2Fault(errorCode.flowControlError, "window above 2^31-1");
    if (this.#ready.length > 0 || this.#waiting.length > 0) this.#host.wake();
  }

  /** Credit, or a changed initial window. @returns false when the window would pass 2^31-1. */
  creditStream(stream: Http2Stream, increment: number): boolean {
    stream.sendWindow += increment;
    if (stream.sendWindow > maxWindow) return false;
    if (stream.sendWindow <= 0) return true;
    if (stream.backlog !== undefined) this.#enqueue(stream);
    else if ((stream.state & streamState.wantsDrain) !== 0) {
      this.#waiting.push(stream);
      this.#host.wake();
    }
    return true;
  }

  /**
   * Fills the block from what waits, then lets writers go on while there is room.
   * @returns true when another turn is wanted although the block may be empty.
   */
  fill(): boolean {
    while (this.output.length < bulkMark && this.window > 0) {
      const stream = this.#ready.shift();
      if (stream === undefined) break;
      this.#sendBacklog(stream);
    }
    const room = bulkMark - this.output.length;
    let turns = room <= 0 ? 0 : Math.min(this.#waiting.length, Math.ceil(room / expectedChunk));
    while (turns-- > 0 && this.output.length < bulkMark && this.window > 0) {
      const stream = this.#waiting.shift();
      // Without a window its next chunk would only be kept: `creditStream` lets it go on.
      if (stream !== undefined && stream.sendWindow > 0) stream.drain();
    }
    return this.#waiting.length > 0 && this.window > 0;
  }

  #sendBacklog(stream: Http2Stream): void {
    const backlog = stream.backlog;
    if (backlog === undefined || stream.sendWindow <= 0) return;
    const most = Math.min(stream.sendWindow, this.window, this.maxFrameSize);
    const chunk = backlog.shift(most);
    this.backlog -= chunk.length;
    this.released += chunk.length;
    this.#emit(stream, chunk, chunk.length);
    if (backlog.length > 0) {
      if (stream.sendWindow > 0) this.#ready.push(stream);
      return;
    }
    stream.backlog = undefined;
    if ((stream.state & streamState.localEnded) !== 0) this.#sendEnd(stream);
    else if ((stream.state & streamState.wantsDrain) !== 0) this.#waiting.push(stream);
  }

  #enqueue(stream: Http2Stream): void {
    this.#ready.push(stream);
    this.#host.wake();
  }

  #emit(stream: Http2Stream, chunk: Uint8Array, length: number): void {
    stream.sendWindow -= length;
    this.window -= length;
    for (let from = 0; from < length; ) {
      const to = Math.min(length, from + this.maxFrameSize);
      this.output.data(stream.id, chunk, from, to, 0);
      from = to;
    }
  }

  #sendEnd(stream: Http2Stream): void {
    if (!this.output.endLastData(stream.id)) this.output.frame(0, frameType.data, flag.endStream, stream.id);
    this.#host.wake();
    stream.state |= streamState.endSent;
    this.#endSent(stream);
  }
}
