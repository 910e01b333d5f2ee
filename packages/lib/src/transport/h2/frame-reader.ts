import { Http2Fault } from "./http2-fault.ts";
import { clientPreface, errorCode, flag, frameHeadLength, frameType } from "./wire-constants.ts";

/** What a {@link FrameReader} reports, synchronously and in order. Any call may throw {@link Http2Fault}. */
export interface FrameSink {
  /**
   * A frame's head arrived. Throws where size or place is wrong.
   * @returns false to skip the payload; `frame` is not called then.
   */
  frameBegin(type: number, flags: number, streamId: number, length: number): boolean;
  /** A piece of the DATA frame that was begun, padding left out; never empty. A view into what was received. */
  dataChunk(chunk: Uint8Array): void;
  /** The DATA frame is complete; `overhead` bytes of it were padding. */
  dataEnd(flags: number, overhead: number): void;
  /** Any other frame, whole. The payload is the sink's only during the call. */
  frame(type: number, flags: number, streamId: number, payload: Uint8Array): void;
}

const part = { preface: 0, head: 1, padLength: 2, data: 3, padding: 4, gather: 5, skip: 6 } as const;
const noBytes = new Uint8Array(0);

/**
 * Reads frames from bytes cut anywhere. DATA is passed on as it comes, without waiting for the frame's end;
 * other frames are whole, copied only where a cut goes through them. What may be gathered is bounded by the sink,
 * which sees each head first.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  #state: number;
  /** Bytes of the current part (preface, head, gathered payload) that were kept from earlier chunks. */
  #kept = 0;
  readonly #head = new Uint8Array(frameHeadLength);
  #payload: Uint8Array = noBytes;
  /** Bytes of the current payload part still to come. */
  #left = 0;
  #type = 0;
  #flags = 0;
  #streamId = 0;
  #padding = 0;
  #overhead = 0;
  #stopped = false;

  constructor(sink: FrameSink, expectPreface: boolean) {
    this.#sink = sink;
    this.#state = expectPreface ? part.preface : part.head;
  }

  /** Nothing is read or reported any more, not even the rest of the chunk at hand. */
  stop(): void {
    this.#stopped = true;
    this.#payload = noBytes;
  }

  receive(chunk: Uint8Array): void {
    let at = 0;
    const end = chunk.length;
    while (at < end && !this.#stopped) {
      switch (this.#state) {
        case part.head:
          at = this.#readHead(chunk, at);
          break;
        case part.data:
          at = this.#readData(chunk, at);
          break;
        case part.gather:
          at = this.#readGathered(chunk, at);
          break;
        case part.padLength:
          at = this.#readPadLength(chunk, at);
          break;
        case part.preface:
          at = this.#readPreface(chunk, at);
          break;
        default:
          at = this.#readSkipped(end, at);
      }
    }
  }

  #readHead(chunk: Uint8Array, from: number): number {
    let at = from;
    let head = chunk;
    let base = at;
    if (this.#kept > 0 || chunk.length - at < frameHeadLength) {
      const taken = Math.min(frameHeadLength - this.#kept, chunk.length - at);
      this.#head.set(chunk.subarray(at, at + taken), this.#kept);
      this.#kept += taken;
      at += taken;
      if (this.#kept < frameHeadLength) return at;
      this.#kept = 0;
      head = this.#head;
      base = 0;
    } else {
      at += frameHeadLength;
    }
    const length = (head[base]! << 16) | (head[base + 1]! << 8) | head[base + 2]!;
    this.#type = head[base + 3]!;
    this.#flags = head[base + 4]!;
    this.#streamId =
      ((head[base + 5]! & 0x7f) << 24) | (head[base + 6]! << 16) | (head[base + 7]! << 8) | head[base + 8]!;
    this.#left = length;
    const wanted = this.#sink.frameBegin(this.#type, this.#flags, this.#streamId, length);
    if (this.#type === frameType.data) this.#beginData(length);
    else if (!wanted) this.#state = length > 0 ? part.skip : part.head;
    else if (length > 0) this.#state = part.gather;
    else this.#deliver(noBytes);
    return at;
  }

  #beginData(length: number): void {
    this.#padding = 0;
    this.#overhead = 0;
    if ((this.#flags & flag.padded) !== 0) this.#state = part.padLength;
    else if (length > 0) this.#state = part.data;
    else this.#endData();
  }

  #readPadLength(chunk: Uint8Array, at: number): number {
    this.#padding = chunk[at]!;
    if (this.#padding >= this.#left) throw new Http2Fault(errorCode.protocolError, "padding too long");
    this.#overhead = this.#padding + 1;
    this.#left -= this.#overhead;
    this.#state = part.data;
    if (this.#left === 0) this.#afterData();
    return at + 1;
  }

  #readData(chunk: Uint8Array, at: number): number {
    const to = Math.min(chunk.length, at + this.#left);
    this.#left -= to - at;
    this.#sink.dataChunk(at === 0 && to === chunk.length ? chunk : chunk.subarray(at, to));
    if (this.#left === 0) this.#afterData();
    return to;
  }

  #afterData(): void {
    if (this.#padding === 0) {
      this.#endData();
      return;
    }
    this.#left = this.#padding;
    this.#state = part.padding;
  }

  #endData(): void {
    this.#state = part.head;
    this.#sink.dataEnd(this.#flags, this.#overhead);
  }

  #readSkipped(end: number, at: number): number {
    const taken = Math.min(this.#left, end - at);
    this.#left -= taken;
    if (this.#left > 0) return at + taken;
    if (this.#state === part.padding) this.#endData();
    else this.#state = part.head;
    return at + taken;
  }

  #readGathered(chunk: Uint8Array, at: number): number {
    const length = this.#left;
    if (this.#kept === 0 && chunk.length - at >= length) {
      this.#deliver(chunk.subarray(at, at + length));
      return at + length;
    }
    if (this.#kept === 0) this.#payload = new Uint8Array(length);
    const taken = Math.min(length - this.#kept, chunk.length - at);
    this.#payload.set(chunk.subarray(at, at + taken), this.#kept);
    this.#kept += taken;
    if (this.#kept === length) {
      const payload = this.#payload;
      this.#payload = noBytes;
      this.#kept = 0;
      this.#deliver(payload);
    }
    return at + taken;
  }

  #deliver(payload: Uint8Array): void {
    this.#state = part.head;
    this.#sink.frame(this.#type, this.#flags, this.#streamId, payload);
  }

  #readPreface(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && this.#kept < clientPreface.length) {
      if (chunk[at] !== clientPreface[this.#kept]) {
        throw new Http2Fault(errorCode.protocolError, "this is not HTTP/2: the client's preface is wrong");
      }
      at++;
      this.#kept++;
    }
    if (this.#kept === clientPreface.length) {
      this.#kept = 0;
      this.#state = part.head;
    }
    return at;
  }
}
