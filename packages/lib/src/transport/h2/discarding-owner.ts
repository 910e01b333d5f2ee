import type { StreamOwner } from "../tunnel-stream.ts";
import type { Http2Stream } from "./stream.ts";

/** What a refused peer may still send before its stream is reset. */
const patience = 64 * 1024;

/** Owns a stream whose bytes nobody wants, until its end or until that becomes too much. */
export class DiscardingOwner implements StreamOwner {
  readonly #stream: Http2Stream;
  readonly #onEnd: ((total: number) => void) | undefined;
  #total = 0;

  /** `onEnd` is told how many bytes there were. */
  constructor(stream: Http2Stream, onEnd?: (total: number) => void) {
    this.#stream = stream;
    this.#onEnd = onEnd;
  }

  /** Bytes so far. */
  get total(): number {
    return this.#total;
  }

  data(chunk: Uint8Array): boolean {
    this.#total += chunk.length;
    if (this.#total > patience) this.#stream.reset();
    return true;
  }

  drain(): void {}

  end(): void {
    this.#onEnd?.(this.#total);
  }

  reset(): void {}
}
