import { flag, frameHeadLength } from "./wire-constants.ts";

const firstCapacity = 4 * 1024;
const noBytes = Buffer.alloc(0);

/**
 * Where frames are gathered until the next write to the socket. It grows by doubling, is reused after the write,
 * and lets a large buffer go once it has been little used for a while, so that an idle connection costs little.
 */
export class OutputBlock {
  /** Bytes beyond `length` are free. */
  bytes: Buffer = noBytes;
  length = 0;
  #lastDataAt = -1;
  #lastDataId = 0;
  #wideTurns = 0;

  /** Makes room for `size` bytes, counts them as used and returns where they begin. */
  reserve(size: number): number {
    const at = this.length;
    const needed = at + size;
    if (needed > this.bytes.length) this.#grow(needed);
    this.length = needed;
    return at;
  }

  /** Appends a frame's head and makes room for its payload; returns where the payload begins. */
  frame(length: number, type: number, flags: number, streamId: number): number {
    const at = this.reserve(frameHeadLength + length);
    const bytes = this.bytes;
    bytes[at] = length >>> 16;
    bytes[at + 1] = length >>> 8;
    bytes[at + 2] = length;
    bytes[at + 3] = type;
    bytes[at + 4] = flags;
    bytes[at + 5] = streamId >>> 24;
    bytes[at + 6] = streamId >>> 16;
    bytes[at + 7] = streamId >>> 8;
    bytes[at + 8] = streamId;
    return at + frameHeadLength;
  }

  /** Appends a DATA frame with `chunk[from, to)`. */
  data(streamId: number, chunk: Uint8Array, from: number, to: number, flags: number): void {
    const at = this.frame(to - from, 0, flags, streamId);
    this.#lastDataAt = at - frameHeadLength;
    this.#lastDataId = streamId;
    this.bytes.set(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to), at);
  }

  /** Puts END_STREAM on the stream's DATA frame if that is still here and the last one; else false. */
  endLastData(streamId: number): boolean {
    if (this.#lastDataId !== streamId || this.#lastDataAt < 0) return false;
    this.bytes[this.#lastDataAt + 4]! |= flag.endStream;
    this.#lastDataAt = -1;
    return true;
  }

  /** Empties the block after its bytes were written. */
  clear(): void {
    const capacity = this.bytes.length;
    this.#wideTurns = capacity > 4 * firstCapacity && this.length * 4 < capacity ? this.#wideTurns + 1 : 0;
    if (this.#wideTurns >= 64) this.release();
    this.length = 0;
    this.#lastDataAt = -1;
  }

  /** Lets the buffer go; only when the block is empty. */
  release(): void {
    this.bytes = noBytes;
    this.#wideTurns = 0;
  }

  #grow(needed: number): void {
    let capacity = Math.max(firstCapacity, this.bytes.length);
    while (capacity < needed) capacity *= 2;
    const wider = Buffer.allocUnsafeSlow(capacity);
    wider.set(this.bytes.subarray(0, this.length));
    this.bytes = wider;
  }
}
