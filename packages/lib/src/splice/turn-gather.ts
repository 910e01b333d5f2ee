import { countBuffer } from "../lifecycle/buffer-garbage.ts";
import type { ByteStream } from "../transport/tunnel-stream.ts";

/** Chunks from this size on are worth gathering; a smaller one is somebody's question, and goes at once. */
export const smallestGathered = 4 * 1024;
/** Gathered bytes past which the write does not wait for the end of the turn. */
const blockSize = 128 * 1024;
/** Blocks that are kept for the next turn. */
const mostSpare = 4;

/**
 * Gathers the bulk chunks of one loop turn into one write to a sink that keeps what it is given (a socket): TLS hands
 * its data over in pieces of 16 KiB. They are copied into a block that is used again as soon as the system has taken all
 * of it, which it mostly does at once: so bulk passes through memory that the processor has at hand, and leaves no
 * garbage. One immediate a turn serves all sinks.
 */
export class TurnGather {
  readonly #sink: ByteStream;
  #block: Buffer | undefined;
  #length = 0;
  #waits = false;
  /** The last write was told to wait. At the turn's end there is nobody to pass that on to. */
  #full = false;

  constructor(sink: ByteStream) {
    this.#sink = sink;
  }

  /** Takes a chunk, which may be used again afterwards. @returns as `ByteStream.write`. */
  write(chunk: Uint8Array): boolean {
    if (this.#block === undefined && chunk.length < smallestGathered) {
      this.#full = !this.#sink.write(copyOf(chunk));
      return !this.#full;
    }
    for (let from = 0; from < chunk.length; ) {
      const block = this.#block ?? this.#begin();
      const to = Math.min(chunk.length, from + block.length - this.#length);
      block.set(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to), this.#length);
      this.#length += to - from;
      from = to;
      if (this.#length === block.length) this.release();
    }
    // Whether the sink still wants us to wait is known only from a write.
    if (this.#full) this.release();
    return !this.#full;
  }

  /** What was gathered goes out. */
  release(): void {
    const block = this.#block;
    if (block === undefined) return;
    const bytes = block.subarray(0, this.#length);
    this.#block = undefined;
    this.#length = 0;
    // Behind bytes that wait, or where most of the block would be kept for nothing, only what is needed is kept.
    const isLent = this.#sink.unsent === 0 && bytes.length * 2 > block.length;
    this.#full = !this.#sink.write(isLent ? bytes : copyOf(bytes));
    const isFree = !isLent || this.#sink.unsent === 0;
    if (isFree && spare.length < mostSpare) spare.push(block);
    else countBuffer(block.length);
  }

  /** The turn is over. */
  turnEnded(): void {
    this.#waits = false;
    this.release();
  }

  #begin(): Buffer {
    const block = spare.pop() ?? Buffer.allocUnsafeSlow(blockSize);
    this.#block = block;
    if (!this.#waits) {
      this.#waits = true;
      if (waiting.push(this) === 1) setImmediate(endTurn);
    }
    return block;
  }
}

const spare: Buffer[] = [];
let waiting: TurnGather[] = [];

const endTurn = (): void => {
  const gathers = waiting;
  waiting = [];
  for (const gather of gathers) gather.turnEnded();
};

/** A copy for a sink that keeps it. */
export const copyOf = (chunk: Uint8Array): Uint8Array => {
  countBuffer(chunk.length);
  const copy = Buffer.allocUnsafe(chunk.length);
  copy.set(chunk);
  return copy;
};
