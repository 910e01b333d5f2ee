import type { Socket } from "node:net";
import { sharedWheel } from "../deadline/shared-wheel.ts";
import { type TimerWheel, WheelTimer } from "../deadline/timer-wheel.ts";
import { ProxyError } from "../error/proxy-error.ts";
import type { ByteStream, StreamOwner } from "../transport/tunnel-stream.ts";
import { errorOfSocket } from "./socket-error.ts";
import { attach, resetSocket, type SocketEvents } from "./socket-events.ts";

/** Unsent bytes of a socket past which its writer is told to wait. */
const writeLimit = 256 * 1024;
/** How long a socket that both sides have ended may take to hand its last bytes to a peer that does not read. */
const defaultLingerMs = 30_000;

export interface SocketStreamOptions {
  /** Bytes that were read from the socket before it became a stream: they come first. Kept, not copied. */
  readonly early?: Uint8Array | undefined;
  /** The socket was made with `sharedRead`: chunks are valid only during the call. */
  readonly transient?: boolean | undefined;
  readonly wheel?: TimerWheel | undefined;
  /** Default 30 s. */
  readonly lingerMs?: number | undefined;
}

/**
 * A TCP socket behind the face of a tunnel. It is paused until owned.
 * The socket is the stream's: nobody else reads, writes, ends or destroys it (destroying counts as a broken
 * connection).
 */
export class SocketStream implements ByteStream, SocketEvents {
  readonly transient: boolean;
  readonly retains = true;
  readonly #socket: Socket;
  readonly #wheel: TimerWheel;
  readonly #lingerMs: number;
  #owner: StreamOwner | undefined;
  #early: Uint8Array | undefined;
  #linger: LingerTimer | undefined;
  #failure: ProxyError | undefined;
  #flowing = false;
  #paused = false;
  #owesDrain = false;
  #endReceived = false;
  #endDelivered = false;
  #endSent = false;
  /** Reset, by us or by the other side: no callback any more. */
  #over = false;

  constructor(socket: Socket, options: SocketStreamOptions = {}) {
    this.#socket = socket;
    this.#early = options.early;
    this.transient = options.transient ?? false;
    this.#wheel = options.wheel ?? sharedWheel;
    this.#lingerMs = options.lingerMs ?? defaultLingerMs;
    socket.pause();
    socket.allowHalfOpen = true;
    attach(socket, this, this.transient);
    this.#endReceived = socket.readableEnded;
    if (socket.destroyed) this.#fail(new ProxyError("RESET"));
  }

  own(owner: StreamOwner): void {
    if (this.#owner !== undefined) throw new Error("the socket is owned already");
    this.#owner = owner;
    process.nextTick(SocketStream.#start, this, owner);
  }

  /**
   * Gives the stream back, paused, so that another can `own` it: for whoever reads a head and leaves the rest.
   * @param rest bytes that were read too far; they come first. Kept, not copied.
   */
  release(rest?: Uint8Array): void {
    this.#owner = undefined;
    this.#flowing = false;
    this.#early = rest === undefined || rest.length === 0 ? undefined : rest;
    this.#socket.pause();
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over || this.#endSent || chunk.length === 0) return true;
    this.#socket.write(chunk);
    if (this.#socket.writableLength < writeLimit) return true;
    this.#owesDrain = true;
    return false;
  }

  end(): void {
    if (this.#over || this.#endSent) return;
    this.#endSent = true;
    this.#socket.end();
    this.#lingerIfBothEnded();
  }

  reset(_error?: ProxyError): void {
    if (this.#over) return;
    this.#leave();
    this.#failure = undefined;
    resetSocket(this.#socket);
  }

  destroySoon(): void {
    if (this.#over) return;
    this.#leave();
    this.#failure = undefined;
    this.#socket.destroySoon();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
    this.#deliverEnd();
  }

  get unsent(): number {
    return this.#socket.writableLength;
  }

  /** From the socket: bytes. @returns false when the socket must stop reading. */
  received(chunk: Uint8Array): boolean {
    if (this.#over || this.#owner === undefined) return false;
    if (this.#owner.data(chunk)) return true;
    // Released or reset during the call: then it is not a pause that `resume` would end.
    if (this.#over || !this.#flowing) return false;
    this.#paused = true;
    return false;
  }

  get appetite(): number {
    return this.#owner?.appetite ?? Number.POSITIVE_INFINITY;
  }

  /** From the socket. */
  finReceived(): void {
    this.#endReceived = true;
    this.#deliverEnd();
  }

  /** From the socket. */
  drained(): void {
    if (!this.#owesDrain || this.#over) return;
    this.#owesDrain = false;
    this.#owner?.drain();
  }

  /** From the socket. */
  failed(error: NodeJS.ErrnoException): void {
    this.#fail(errorOfSocket(error));
  }

  /** From the socket. */
  closed(): void {
    this.#linger?.stop();
    if (this.#over || (this.#endReceived && this.#endSent)) return;
    this.#fail(new ProxyError("CONNECTION_TERMINATED"));
  }

  static #start(stream: SocketStream, owner: StreamOwner): void {
    if (stream.#owner !== owner || stream.#flowing) return;
    const failure = stream.#failure;
    if (failure !== undefined) {
      owner.reset(failure);
      return;
    }
    if (stream.#over) return;
    stream.#flowing = true;
    stream.#paused = false;
    const early = stream.#early;
    stream.#early = undefined;
    if (early !== undefined && !stream.received(early)) return;
    stream.#socket.resume();
    stream.#deliverEnd();
  }

  #deliverEnd(): void {
    if (!this.#endReceived || this.#endDelivered || !this.#flowing || this.#paused || this.#over) return;
    this.#endDelivered = true;
    this.#owner?.end();
    this.#lingerIfBothEnded();
  }

  #fail(error: ProxyError): void {
    if (this.#over) return;
    this.#leave();
    this.#failure = error;
    if (this.#flowing) this.#owner?.reset(error);
  }

  #leave(): void {
    this.#over = true;
    this.#early = undefined;
    this.#linger?.stop();
  }

  /** Both ends are said, but bytes wait for a peer that may never read: not for ever. */
  #lingerIfBothEnded(): void {
    if (!this.#endSent || !this.#endReceived || this.#over || this.#socket.writableLength === 0) return;
    this.#linger ??= new LingerTimer(this, this.#wheel, this.#lingerMs);
  }
}

class LingerTimer extends WheelTimer {
  readonly #stream: SocketStream;
  readonly #wheel: TimerWheel;

  constructor(stream: SocketStream, wheel: TimerWheel, lingerMs: number) {
    super();
    this.#stream = stream;
    this.#wheel = wheel;
    wheel.arm(this, wheel.ticksOf(lingerMs));
  }

  stop(): void {
    this.#wheel.disarm(this);
  }

  expired(): void {
    this.#stream.reset();
  }
}
