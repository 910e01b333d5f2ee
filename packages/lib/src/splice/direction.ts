import type { ProxyError } from "../error/proxy-error.ts";
import type { ByteStream, StreamOwner } from "../transport/tunnel-stream.ts";
import { copyOf, smallestGathered, TurnGather } from "./turn-gather.ts";

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
  /** Made with the first bulk chunk: most tunnels never have one. */
  #gather: TurnGather | undefined;

  constructor(pair: DirectionPair, source: ByteStream, sink: ByteStream) {
    this.#pair = pair;
    this.#sink = sink;
    this.#copies = source.transient && sink.retains;
  }

  data(chunk: Uint8Array): boolean {
    if (this.#pair.done) return true;
    this.bytes += chunk.length;
    this.#pair.moved();
    if (this.#gather !== undefined) return this.#gather.write(chunk);
    if (chunk.length < smallestGathered || !this.#sink.retains) {
      return this.#sink.write(this.#copies ? copyOf(chunk) : chunk);
    }
    this.#gather = new TurnGather(this.#sink);
    return this.#gather.write(chunk);
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
    this.#gather?.release();
    this.#sink.end();
    this.#pair.directionEnded();
  }

  reset(error: ProxyError): void {
    if (this.#pair.done) return;
    this.#sink.reset(error);
    this.#pair.directionBroke(this, error);
  }
}
