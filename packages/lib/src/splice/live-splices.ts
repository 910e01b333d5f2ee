import type { ProxyError } from "../error/proxy-error.ts";
import type { ByteStream } from "../transport/tunnel-stream.ts";
import { Splice, type SpliceOptions, type SpliceResult } from "./splice.ts";

/** The tunnels that stand, so that they can be counted and cut. */
export class LiveSplices {
  readonly #options: SpliceOptions;
  readonly #live = new Set<Splice>();

  constructor(options: SpliceOptions = {}) {
    this.#options = options;
  }

  get size(): number {
    return this.#live.size;
  }

  /** Joins two streams until they are done; see {@link Splice}. Never rejects. */
  run(near: ByteStream, far: ByteStream): Promise<SpliceResult> {
    return new Promise((resolve) => {
      const splice = new Splice(
        near,
        far,
        (result) => {
          this.#live.delete(splice);
          resolve(result);
        },
        this.#options,
      );
      this.#live.add(splice);
    });
  }

  /** Resets all of them, with this error as their end. */
  destroy(error: ProxyError): void {
    for (const splice of [...this.#live]) splice.destroy(error);
  }
}
