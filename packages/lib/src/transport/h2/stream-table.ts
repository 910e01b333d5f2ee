import { Http2Fault } from "./http2-fault.ts";
import type { Http2Stream } from "./stream.ts";
import { errorCode, maxStreamId } from "./wire-constants.ts";

/** Streams that we reset and whose late frames are forgiven; the oldest is forgotten first. */
const maxRemembered = 1024;
const maxSkipped = 16;

/** The streams of a connection: the open ones as objects, the closed ones by their numbers. */
export class StreamTable {
  readonly open = new Map<number, Http2Stream>();
  readonly #role: "client" | "server";
  /** By number: what the peer may have sent before it heard of the reset, in bytes. */
  readonly #reset = new Map<number, number>();
  /** Numbers that the client passed over: they count as closed, but were never used. The last few. */
  #skipped: { readonly from: number; readonly to: number }[] = [];
  /** Highest number that the client used, whichever side we are. */
  lastId = 0;

  constructor(role: "client" | "server") {
    this.#role = role;
  }

  /** The client's next stream number; undefined when they are used up. */
  nextId(): number | undefined {
    const id = this.lastId === 0 ? 1 : this.lastId + 2;
    return id > maxStreamId ? undefined : id;
  }

  add(stream: Http2Stream): void {
    this.open.set(stream.id, stream);
  }

  /** The client began a stream with this number, whatever becomes of it. */
  use(id: number): void {
    if (id <= this.lastId) return;
    if (id > this.lastId + 2 && this.#skipped.length < maxSkipped) {
      this.#skipped.push({ from: this.lastId, to: id });
    }
    this.lastId = id;
  }

  remove(id: number): boolean {
    return this.open.delete(id);
  }

  /** The stream was reset by us: frames that are still under way for it, within its window, are no fault. */
  rememberReset(id: number, window: number): void {
    this.#reset.set(id, window);
    if (this.#reset.size <= maxRemembered) return;
    for (const oldest of this.#reset.keys()) {
      this.#reset.delete(oldest);
      return;
    }
  }

  wasReset(id: number): boolean {
    return this.#reset.has(id);
  }

  /** DATA came for a stream that was reset. @throws Http2Fault once it is more than the window allowed. */
  forgiveData(id: number, length: number): void {
    const left = (this.#reset.get(id) ?? 0) - length;
    if (left < 0)
      throw new Http2Fault(errorCode.flowControlError, "a reset stream went on beyond its window");
    this.#reset.set(id, left);
  }

  /**
   * The open stream; undefined for a closed one.
   * @throws Http2Fault for one that was never opened (RFC 9113 section 5.1, idle).
   */
  find(id: number, what: string): Http2Stream | undefined {
    const stream = this.open.get(id);
    if (stream === undefined && (id > this.lastId || id % 2 === 0)) {
      throw new Http2Fault(errorCode.protocolError, `${what} for a stream that was never opened`);
    }
    return stream;
  }

  /** @throws Http2Fault where the client may not open a stream with this number. */
  checkNew(id: number): void {
    if (this.#role === "client" || id % 2 === 0) {
      throw new Http2Fault(errorCode.protocolError, "a stream number that the peer may not use");
    }
    if (id > this.lastId) return;
    if (this.#skipped.some(({ from, to }) => id > from && id < to)) {
      throw new Http2Fault(errorCode.protocolError, "stream numbers must rise");
    }
    throw new Http2Fault(errorCode.streamClosed, "HEADERS on a closed stream");
  }
}
