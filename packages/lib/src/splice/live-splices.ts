import type { ProxyError } from "../error/proxy-error.ts";
import type { TunnelBook, TunnelFacts } from "../metrics/tunnel-book.ts";
import type { ByteStream } from "../transport/tunnel-stream.ts";
import { Splice, type SpliceOptions, type SpliceResult } from "./splice.ts";

/** The tunnels that stand, so that they can be counted and cut. */
export class LiveSplices {
  readonly #options: SpliceOptions;
  readonly #book: TunnelBook | undefined;
  readonly #live = new Set<Splice>();

  /** @param book where tunnels with facts are counted while they stand. */
  constructor(options: SpliceOptions = {}, book?: TunnelBook) {
    this.#options = options;
    this.#book = book;
  }

  /** Tunnels since the start. */
  total = 0;

  get size(): number {
    return this.#live.size;
  }

  /** Joins two streams until they are done; see {@link Splice}. Never rejects. */
  run(near: ByteStream, far: ByteStream, facts?: TunnelFacts): Promise<SpliceResult> {
    return new Promise((resolve) => {
      const splice = new Splice(
        near,
        far,
        (result) => {
          this.#live.delete(splice);
          booked?.end(result.error === undefined ? "closed" : "broken");
          resolve(result);
        },
        this.#options,
      );
      const booked = facts === undefined ? undefined : this.#book?.begin(facts, splice);
      this.#live.add(splice);
      this.total++;
    });
  }

  /** Resets all of them, with this error as their end. */
  destroy(error: ProxyError): void {
    for (const splice of [...this.#live]) splice.destroy(error);
  }
}
