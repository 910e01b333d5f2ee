import type { ProxyError } from "../../error/proxy-error.ts";
import type { StreamOwner, TunnelStream } from "../tunnel-stream.ts";
import { ByteQueue } from "./byte-queue.ts";

/** What a stream asks of the connection that carries it. */
export interface StreamHost {
  /** Sends or queues a chunk. @returns false: wait for `drain`. */
  write(stream: Http2Stream, chunk: Uint8Array): boolean;
  /** What the windows take of the stream at once. */
  room(stream: Http2Stream): number;
  /** The writer sent its last byte. */
  endWriting(stream: Http2Stream): void;
  /** `count` bytes went to the reader, `unread` of them after waiting here: credit may be due. */
  taken(stream: Http2Stream, count: number, unread: number): void;
  /** `count` bytes wait for the reader. */
  held(count: number): void;
  /** `count` bytes that waited for the peer's window are dropped. */
  unsent(count: number): void;
  /** The owner gave the stream up. */
  abort(stream: Http2Stream, error: ProxyError | undefined): void;
}

/** Bits of {@link Http2Stream.state}. */
export const streamState = {
  paused: 0x1,
  /** END_STREAM arrived. */
  remoteEnded: 0x2,
  /** `owner.end` was called. */
  endTold: 0x4,
  /** `end()` was called. */
  localEnded: 0x8,
  /** END_STREAM is in the output. */
  endSent: 0x10,
  /** Reset, by whomever: nothing goes in or out any more. */
  dead: 0x20,
  delivering: 0x40,
  /** The writer waits for `drain`. */
  wantsDrain: 0x80,
  /** In the sender's queue of those with bytes to send. */
  queued: 0x100,
  /** In the sender's queue of those that wait for room. */
  waiting: 0x200,
  /** Taken by an owner, whose first call is still to be made. */
  owning: 0x400,
  /** The peer has said all and takes nothing more. */
  stopped: 0x800,
} as const;

const s = streamState;

/**
 * One HTTP/2 stream as a plain object. Queues exist only while something waits in them: an idle tunnel is this
 * object and its entry in the stream table.
 */
export class Http2Stream implements TunnelStream {
  readonly id: number;
  readonly host: StreamHost;
  state: number = s.paused;
  /** Bytes that we may send; below zero after the peer shrank its initial window. */
  sendWindow: number;
  /** Bytes that the peer may still send. */
  receiveWindow: number;
  /** What the receive window is when all is given back. */
  window: number;
  /** When credit was last given, in milliseconds; kept for adaptive windows alone. */
  creditedAt = 0;
  /** Bytes taken by the reader, not yet given back to the peer. */
  owed = 0;
  #owner: StreamOwner | undefined;
  /** Bytes that wait for the reader. */
  #pending: ByteQueue | undefined;
  /** Bytes that wait for the peer's window. */
  backlog: ByteQueue | undefined;
  /** Why the stream ended, when that is to be told to an owner that is not there yet, or to who writes on. */
  #fate: ProxyError | undefined;

  constructor(id: number, host: StreamHost, sendWindow: number, receiveWindow: number) {
    this.id = id;
    this.host = host;
    this.sendWindow = sendWindow;
    this.receiveWindow = receiveWindow;
    this.window = receiveWindow;
  }

  get transient(): boolean {
    return true;
  }

  get retains(): boolean {
    return false;
  }

  get room(): number {
    return this.host.room(this);
  }

  own(owner: StreamOwner): void {
    if (this.#owner !== undefined) throw new Error("the stream is owned already");
    this.#owner = owner;
    this.state &= ~s.paused;
    if (this.#pending === undefined && (this.state & s.remoteEnded) === 0 && this.#fate === undefined) return;
    // Something waits already; the owner's first call comes after `own` returned.
    this.state |= s.owning;
    queueMicrotask(() => {
      this.state &= ~s.owning;
      const fate = this.#fate;
      if (fate !== undefined && (this.state & s.stopped) === 0) this.#tellReset(fate);
      else this.#deliver();
    });
  }

  /**
   * From within the owner's `data`: gives the stream back, paused, with the bytes that were not the owner's. The next
   * owner gets them first.
   */
  handBack(rest: Uint8Array): void {
    this.#owner = undefined;
    this.state |= s.paused;
    if (rest.length === 0) return;
    const later = this.#pending;
    this.#pending = new ByteQueue();
    this.#pending.push(rest);
    while (later !== undefined && later.length > 0) this.#pending.push(later.shift(later.length));
    this.owed -= rest.length;
    this.host.held(rest.length);
  }

  write(chunk: Uint8Array): boolean {
    if ((this.state & (s.dead | s.localEnded)) === 0) return this.host.write(this, chunk);
    if ((this.state & s.stopped) !== 0) this.receiveReset(this.#fate!);
    return true;
  }

  end(): void {
    if ((this.state & (s.dead | s.localEnded)) !== 0) return;
    this.state |= s.localEnded;
    this.host.endWriting(this);
  }

  reset(error?: ProxyError): void {
    if ((this.state & s.dead) !== 0) return;
    const done = s.endSent | s.remoteEnded;
    const over = (this.state & done) === done;
    this.die();
    this.#owner = undefined;
    if (!over) this.host.abort(this, error);
  }

  resume(): void {
    if ((this.state & (s.dead | s.paused)) !== s.paused || this.#owner === undefined) return;
    this.state &= ~s.paused;
    this.#deliver();
  }

  /** A piece of DATA: to the owner at once where it flows. */
  receive(chunk: Uint8Array): void {
    if ((this.state & s.dead) !== 0) return;
    if ((this.state & (s.paused | s.delivering | s.owning)) === 0 && this.#pending === undefined) {
      this.host.taken(this, chunk.length, 0);
      if (!this.#owner!.data(chunk)) this.state |= s.paused;
      return;
    }
    this.#pending ??= new ByteQueue();
    this.#pending.push(chunk);
    this.host.held(chunk.length);
  }

  receiveEnd(): void {
    this.state |= s.remoteEnded;
    if ((this.state & (s.paused | s.delivering | s.owning | s.dead)) === 0) this.#deliver();
  }

  /** The stream ended early by the other side or with its connection. */
  receiveReset(error: ProxyError): void {
    if ((this.state & s.dead) !== 0) return;
    this.die();
    if (this.#owner === undefined || (this.state & s.owning) !== 0) this.#fate = error;
    else this.#tellReset(error);
  }

  /**
   * The peer ended the stream behind its last byte, without an error: it takes nothing more. What it said is still the
   * reader's, whole, and `error` is told only to who writes on.
   */
  receiveStop(error: ProxyError): void {
    if ((this.state & s.dead) !== 0) return;
    this.state |= s.stopped | s.localEnded | s.endSent;
    this.#fate = error;
    this.#dropBacklog();
    if ((this.state & s.wantsDrain) !== 0) this.drain();
  }

  /** Drops what waits, both ways. */
  die(): void {
    this.state |= s.dead;
    this.#dropBacklog();
    if (this.#pending !== undefined) this.host.taken(this, 0, this.#pending.length);
    this.#pending = undefined;
  }

  /** Tells the writer that there is room. */
  drain(): void {
    this.state &= ~s.wantsDrain;
    if ((this.state & s.dead) === 0) this.#owner?.drain();
  }

  #dropBacklog(): void {
    if (this.backlog !== undefined) this.host.unsent(this.backlog.length);
    this.backlog = undefined;
  }

  #tellReset(error: ProxyError): void {
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.reset(error);
  }

  #deliver(): void {
    if ((this.state & (s.delivering | s.owning)) !== 0) return;
    this.state |= s.delivering;
    while (this.#pending !== undefined && (this.state & s.paused) === 0) {
      const chunk = this.#pending.shift(64 * 1024);
      if (this.#pending.length === 0) this.#pending = undefined;
      this.host.taken(this, chunk.length, chunk.length);
      if (!this.#owner!.data(chunk)) this.state |= s.paused;
    }
    this.state &= ~s.delivering;
    const ready = s.remoteEnded;
    if ((this.state & (s.remoteEnded | s.endTold | s.paused | s.dead)) !== ready) return;
    if (this.#pending !== undefined) return;
    this.state |= s.endTold;
    this.#owner?.end();
  }
}
