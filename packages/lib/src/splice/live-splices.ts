import type { ProxyError } from "../error/proxy-error.ts";
import type { BookedTunnel, TunnelBook, TunnelFacts } from "../metrics/tunnel-book.ts";
import type { ByteStream } from "../transport/tunnel-stream.ts";
import { Splice, type SpliceEnd, type SpliceOptions, type SpliceResult } from "./splice.ts";

/** A side that has said FIN, and a tunnel in which nothing moved since: cut after so long. */
const options: SpliceOptions = { halfCloseTimeoutMs: 15 * 60_000 };

/** The tunnels that stand, so that they can be counted and cut. */
export class LiveSplices {
  readonly #book: TunnelBook;
  readonly #live = new Set<Splice>();

  /** @param book where tunnels are counted while they stand. */
  constructor(book: TunnelBook) {
    this.#book = book;
  }

  get size(): number {
    return this.#live.size;
  }

  /** Joins two streams until they are done; see {@link Splice}. Not a promise: a tunnel that stands for days would keep all that waits for it. */
  run(near: ByteStream, far: ByteStream, facts: TunnelFacts, end: SpliceEnd): void {
    const live = new LiveSplice(this.#live, end);
    live.splice = new Splice(near, far, live, options);
    live.booked = this.#book.begin(facts, live.splice);
    this.#live.add(live.splice);
  }

  /** Resets all of them, with this error as their end. */
  destroy(error: ProxyError): void {
    for (const splice of [...this.#live]) splice.destroy(error);
  }
}

/** What is to be undone when a tunnel is over. */
class LiveSplice implements SpliceEnd {
  readonly #live: Set<Splice>;
  readonly #end: SpliceEnd;
  splice: Splice | undefined = undefined;
  booked: BookedTunnel | undefined = undefined;

  constructor(live: Set<Splice>, end: SpliceEnd) {
    this.#live = live;
    this.#end = end;
  }

  spliceEnded(result: SpliceResult): void {
    this.#live.delete(this.splice!);
    this.booked!.end(result.error === undefined ? "closed" : "broken");
    this.#end.spliceEnded(result);
  }
}
