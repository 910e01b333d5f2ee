import type { ProxyError } from "../error/proxy-error.ts";
import type { ByteStream, StreamOwner } from "../transport/tunnel-stream.ts";
import { smallestGathered, TurnCork } from "./turn-cork.ts";

/** What a direction tells the pair that it belongs to. */
export interface DirectionPair {
  readonly done: boolean;
  moved(): void;
  directionEnded(): void;
  directionBroke(direction: Direction, error: ProxyError): void;
}

/** One way of a splice: it owns the source and writes to the sink. */
export class Direction implements StreamOwner {
  /** Bytes that were handed to the sink. */
  bytes = 0;
  readonly #pair: DirectionPair;
  readonly #sink: ByteStream;
  readonly #copies: boolean;
  readonly #canCork: boolean;
  /** Made with the first bulk chunk: most tunnels never have one. */
  #cork: TurnCork | undefined;

  constructor(pair: DirectionPair, source: ByteStream, sink: ByteStream) {
    this.#pair = pair;
    this.#sink = sink;
    this.#copies = source.transient && sink.retains;
    this.#canCork = sink.cork !== undefined;
  }

  data(chunk: Uint8Array): boolean {
    if (this.#pair.done) return true;
    this.bytes += chunk.length;
    this.#pair.moved();
    if (this.#canCork) this.#gather(chunk.length);
    return this.#sink.write(this.#copies ? copyOf(chunk) : chunk);
  }

  get appetite(): number | undefined {
    return this.#sink.room;
  }

  /** The source can be written again, so whoever feeds it goes on: the sink, seen as the other way's source. */
  drain(): void {
    this.#sink.resume();
  }

  end(): void {
    if (this.#pair.done) return;
    this.#sink.end();
    this.#pair.directionEnded();
  }

  reset(error: ProxyError): void {
    if (this.#pair.done) return;
    this.#sink.reset(error);
    this.#pair.directionBroke(this, error);
  }

  #gather(length: number): void {
    if (this.#cork === undefined) {
      if (length < smallestGathered) return;
      this.#cork = new TurnCork(this.#sink);
    }
    this.#cork.before(length);
  }
}

const copyOf = (chunk: Uint8Array): Uint8Array => {
  const copy = Buffer.allocUnsafe(chunk.length);
  copy.set(chunk);
  return copy;
};
