import type { ByteStream } from "../transport/tunnel-stream.ts";

/** Chunks from this size on are worth gathering; a smaller one is somebody's question, and goes at once. */
export const smallestGathered = 4096;
/** Gathered bytes past which the write does not wait for the end of the turn. */
const mostGathered = 128 * 1024;

/**
 * Gathers the bulk chunks of one loop turn into one write: TLS hands its data over in pieces of 16 KiB, and one write
 * for all of them gave 1.35 times the throughput down and 1.29 up (prototype, Node 26.10). One immediate a turn serves
 * all sinks.
 */
export class TurnCork {
  readonly #sink: ByteStream;
  #corked = false;
  #gathered = 0;

  constructor(sink: ByteStream) {
    this.#sink = sink;
  }

  /** To be called before each write with its length. */
  before(length: number): void {
    if (this.#corked) {
      this.#gathered += length;
      if (this.#gathered > mostGathered) this.release();
    }
    if (this.#corked || length < smallestGathered) return;
    this.#corked = true;
    this.#gathered = length;
    this.#sink.cork?.();
    if (waiting.push(this) === 1) setImmediate(releaseAll);
  }

  /** What was gathered goes out. */
  release(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#sink.uncork?.();
  }
}

const waiting: TurnCork[] = [];

const releaseAll = (): void => {
  for (const cork of waiting) cork.release();
  waiting.length = 0;
};
