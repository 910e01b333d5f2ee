const maxBlock = 64 * 1024;

/** Bytes that wait: first in, first out, cut at any length, gathered into blocks of its own. */
export class ByteQueue {
  length = 0;
  #chunks: Uint8Array[] = [];
  #head = 0;
  /** The last block, with room at its end. */
  #block: Uint8Array | undefined;
  #blockFrom = 0;
  #blockTo = 0;

  /** Adds a copy of the chunk. */
  push(chunk: Uint8Array): void {
    let block = this.#block;
    let at = 0;
    if (block !== undefined) {
      const taken = Math.min(chunk.length, block.length - this.#blockTo);
      block.set(chunk.subarray(0, taken), this.#blockTo);
      this.#blockTo += taken;
      this.length += taken;
      at = taken;
      if (at === chunk.length) return;
      this.#closeBlock();
    }
    const rest = chunk.length - at;
    block = Buffer.allocUnsafeSlow(Math.max(rest, Math.min(maxBlock, Math.max(256, this.length))));
    block.set(at === 0 ? chunk : chunk.subarray(at));
    this.length += rest;
    this.#block = block;
    this.#blockFrom = 0;
    this.#blockTo = rest;
  }

  /** Takes at most `max` bytes; never empty unless the queue is. */
  shift(max: number): Uint8Array {
    const first = this.#chunks[this.#head];
    if (first === undefined) return this.#shiftBlock(max);
    const rest = first.length - max;
    if (rest > 0) {
      this.#chunks[this.#head] = first.subarray(max);
      this.length -= max;
      return first.subarray(0, max);
    }
    this.#chunks[this.#head++] = noBytes;
    if (this.#head === this.#chunks.length) {
      this.#chunks = [];
      this.#head = 0;
    }
    this.length -= first.length;
    return first;
  }

  #shiftBlock(max: number): Uint8Array {
    const block = this.#block;
    if (block === undefined) return noBytes;
    const taken = Math.min(max, this.#blockTo - this.#blockFrom);
    const chunk = block.subarray(this.#blockFrom, this.#blockFrom + taken);
    this.#blockFrom += taken;
    this.length -= taken;
    // What was handed out stays as it is: only the room behind it is written again.
    if (this.#blockFrom === block.length || this.length === 0) this.#block = undefined;
    return chunk;
  }

  #closeBlock(): void {
    if (this.#block !== undefined && this.#blockTo > this.#blockFrom) {
      this.#chunks.push(this.#block.subarray(this.#blockFrom, this.#blockTo));
    }
    this.#block = undefined;
  }
}

const noBytes = new Uint8Array(0);
