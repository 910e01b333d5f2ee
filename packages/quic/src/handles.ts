import type { QuicConnection } from "./connection.ts";
import type { Engine, StreamSink } from "./engine.ts";
import { dry, outcome } from "./native-binding.ts";
import { errorOfAbort, type QuicError } from "./quic-error.ts";
import { applicationCode } from "./range.ts";

/** Who uses a {@link StreamHandle}. None of the calls may throw; they come from the event loop or inside `read` and `write`. */
export interface StreamUser {
  /** `read` may give something: also the end, or an abort. A user that reads nothing now calls `watchReset`. */
  readable(): void;
  /** `write` takes bytes again after it took less than all. */
  writable(): void;
  /** The peer wants no more bytes (STOP_SENDING); sending is over, reading goes on. Most users destroy the stream. */
  stopped(error: QuicError): void;
  /** The peer reset the stream, or its connection ended. The last call; the stream is released already. */
  aborted(error: QuicError): void;
}

/** Bytes of one read at most, and of the pool that reads land in: a chunk keeps its whole pool alive. */
const readBytes = 64 * 1024;
const slabBytes = 64 * 1024;
/** Less than this left: a new pool, rather than many tiny reads. */
const leastRead = 16 * 1024;

let slab = Buffer.allocUnsafeSlow(slabBytes);
let slabAt = 0;

/**
 * One bidirectional stream without `Duplex`, events or promises: the hot path. Nothing is read that was not asked
 * for, so that a slow reader holds the sender back (QUIC's flow control), nothing is written beyond it.
 */
export class StreamHandle implements StreamSink {
  readonly connection: QuicConnection;
  /** QUIC's number of the stream (RFC 9000 section 2.1). */
  readonly id: number;
  /** Opened by the other side. */
  readonly incoming: boolean;
  /** `read` gave less than there is: call it again at once. */
  more = false;
  /** The peer's FIN was read. */
  ended = false;
  /** FIN was sent, or sending is over for another reason. */
  finished = false;
  #user: StreamUser | undefined;
  #released = false;
  #stopped = false;
  readonly #engine: Engine;
  readonly #number: number;

  constructor(engine: Engine, connection: QuicConnection, number: number, id: number, incoming: boolean) {
    this.#engine = engine;
    this.#number = number;
    this.id = id;
    this.connection = connection;
    this.incoming = incoming;
    engine.streams.set(number, this);
  }

  /** Nothing can be done with it any more. */
  get released(): boolean {
    return this.#released;
  }

  /** From now on `user` hears of it, `readable` not before the first `read` or `watchReset`. */
  use(user: StreamUser): void {
    this.#user = user;
    this.#watchStop();
  }

  /** The bytes that are there, 64 KiB at most; nothing: see `ended` and `more`, else `readable` follows. */
  read(): Buffer | undefined {
    this.more = false;
    if (this.#released) return undefined;
    const left = slabBytes - slabAt;
    const length = Math.min(left, readBytes);
    const answer = this.#engine.native.read(this.#number, slab, slabAt, length);
    this.#engine.touched();
    if (answer < 0) {
      this.#readEnded(answer);
      return undefined;
    }
    this.more = answer < dry;
    const count = answer < dry ? answer : answer - dry;
    if (count === 0) return undefined;
    const chunk = slab.subarray(slabAt, slabAt + count);
    slabAt += count;
    if (slabBytes - slabAt < leastRead) {
      slab = Buffer.allocUnsafeSlow(slabBytes);
      slabAt = 0;
    }
    return chunk;
  }

  /** For a user that reads nothing now: `readable` and `aborted` go on being told. */
  watchReset(): void {
    if (this.#released || this.ended) return;
    const answer = this.#engine.native.pollReset(this.#number);
    if (answer <= outcome.aborted) this.#readEnded(answer);
  }

  /** Sends from `offset` on. @returns how many bytes were taken; less than all: `writable` follows. */
  write(chunk: Uint8Array, offset = 0): number {
    if (this.#released || this.finished) return chunk.length - offset;
    const answer = this.#engine.native.write(this.#number, chunk, offset);
    this.#engine.touched();
    if (answer >= dry) return answer - dry;
    if (answer >= 0) return answer;
    if (answer <= outcome.aborted) this.#stoppedBy(outcome.aborted - answer);
    return chunk.length - offset;
  }

  /** FIN after what was written. Reading goes on. */
  finish(): void {
    if (this.#released || this.finished) return;
    this.finished = true;
    this.#engine.native.finish(this.#number);
    this.#engine.touched();
    this.#releaseWhenDone();
  }

  /** RESET_STREAM: what was written and not delivered is lost. Reading goes on. */
  reset(code: number): void {
    if (this.#released) return;
    this.finished = true;
    this.#engine.native.reset(this.#number, applicationCode(code));
    this.#engine.touched();
    this.#releaseWhenDone();
  }

  /** STOP_SENDING: nothing more is read. Writing goes on. */
  stop(code: number): void {
    if (this.#released) return;
    this.#stopped = true;
    this.#engine.native.stop(this.#number, applicationCode(code));
    this.#engine.touched();
    this.#releaseWhenDone();
  }

  /** Ends both directions at once with `code`; the user hears nothing more. */
  destroy(code: number): void {
    if (this.#released) return;
    // A FIN that the peer has not acknowledged is taken back too: it must not look like a clean end.
    if (!this.ended && this.finished) this.#engine.native.reset(this.#number, applicationCode(code));
    this.#release(applicationCode(code));
  }

  /** @internal */
  readable(): void {
    this.#user?.readable();
  }

  /** @internal */
  writable(): void {
    this.#user?.writable();
  }

  /** @internal */
  stopped(): void {
    this.#watchStop();
  }

  /** @internal The connection is gone. */
  lost(error: QuicError): void {
    this.#abort(error);
  }

  #watchStop(): void {
    if (this.#released || this.finished) return;
    const answer = this.#engine.native.pollStopped(this.#number);
    if (answer <= outcome.aborted) this.#stoppedBy(outcome.aborted - answer);
  }

  #stoppedBy(code: number): void {
    this.finished = true;
    this.#engine.native.reset(this.#number, code);
    this.#engine.touched();
    this.#user?.stopped(errorOfAbort("STOPPED", code));
    this.#releaseWhenDone();
  }

  #readEnded(answer: number): void {
    if (answer === outcome.end) {
      this.ended = true;
      this.#releaseWhenDone();
    } else if (answer <= outcome.aborted) {
      this.#abort(errorOfAbort("RESET", outcome.aborted - answer));
    }
    // Lost: the connection's own event brings the reason.
  }

  #abort(error: QuicError): void {
    if (this.#released) return;
    this.#release(error.peerCode ?? 0);
    this.#user?.aborted(error);
  }

  #releaseWhenDone(): void {
    if (this.finished && (this.ended || this.#stopped)) this.#release(0);
  }

  #release(code: number): void {
    if (this.#released) return;
    this.#released = true;
    this.finished = true;
    this.#engine.streams.delete(this.#number);
    this.#engine.native.releaseStream(this.#number, code);
    this.#engine.touched();
    this.connection.released(this);
  }
}
