import { type Http2Stream, streamState } from "./stream.ts";

/** Streams in the order in which they came, each at most once: `mark` is the state bit that says so. */
export class StreamQueue {
  readonly #mark: number;
  #streams: (Http2Stream | undefined)[] = [];
  #head = 0;

  constructor(mark: number) {
    this.#mark = mark;
  }

  /** Upper bound: dead streams are only left out when they come up. */
  get length(): number {
    return this.#streams.length - this.#head;
  }

  push(stream: Http2Stream): void {
    if ((stream.state & this.#mark) !== 0) return;
    stream.state |= this.#mark;
    this.#streams.push(stream);
  }

  /** The next one that is alive. */
  shift(): Http2Stream | undefined {
    while (this.#head < this.#streams.length) {
      const stream = this.#streams[this.#head]!;
      // Its place would keep a stream that is over, and its tunnel, until the list is cut.
      this.#streams[this.#head++] = undefined;
      if (this.#head > 64 && this.#head * 2 > this.#streams.length) {
        this.#streams = this.#streams.slice(this.#head);
        this.#head = 0;
      }
      stream.state &= ~this.#mark;
      if ((stream.state & streamState.dead) === 0) return stream;
    }
    this.#streams = [];
    this.#head = 0;
    return undefined;
  }
}
