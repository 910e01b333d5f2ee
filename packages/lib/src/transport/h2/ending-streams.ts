import type { ProxyError } from "../../error/proxy-error.ts";
import type { Http2Stream } from "./stream.ts";

const atOnce = 256;

/**
 * The streams of a connection that is over. They are told of it some a turn: 16,384 at once leave 40 MiB behind before any
 * of it can be collected, and keep everybody else for half a second. The newest go first: who waits for a turn at
 * something is not to get it from one who has just gone.
 */
export class EndingStreams {
  readonly #lose: (stream: Http2Stream, error: ProxyError) => void;
  #left: Http2Stream[] = [];
  #error: ProxyError | undefined;

  constructor(lose: (stream: Http2Stream, error: ProxyError) => void) {
    this.#lose = lose;
  }

  /** Tells the first of them; all, where they are few. */
  begin(streams: Iterable<Http2Stream>, error: ProxyError): void {
    this.#left = [...streams];
    this.#error = error;
    this.more();
  }

  /** Tells some more, a turn later. @returns whether there are still others. */
  more(): boolean {
    for (const stream of this.#left.splice(-atOnce).reverse()) this.#lose(stream, this.#error!);
    return this.#left.length > 0;
  }
}
