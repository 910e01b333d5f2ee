import type { Socket } from "node:net";
import { PendingHandshakes } from "../h2/pending-handshakes.ts";

export interface StrangerLimits {
  /** Connections at once; the oldest is dropped beyond. Default 256. */
  readonly maxPendingHandshakes?: number | undefined;
  /** The same for one address. Default 64. */
  readonly maxPendingHandshakesPerAddress?: number | undefined;
  /** Milliseconds from the TCP connection to a verified certificate. Default 10,000. */
  readonly handshakeTimeoutMs?: number | undefined;
}

/** Both handshakes, the request and a long chain of certificates need less than a tenth of it. */
const mostBytes = 256 * 1024;
const lookEveryMs = 100;

/**
 * TCP connections over which no certificate was verified yet. There is a cap on them; one that takes too long, or that
 * sends more than handshakes need, is cut, whatever it speaks: the package reads all that comes.
 */
export class Strangers {
  readonly #handshakes: PendingHandshakes;
  readonly #timeoutMs: number;
  readonly #sockets = new Map<string, { readonly socket: Socket; readonly since: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor({
    maxPendingHandshakes = 256,
    maxPendingHandshakesPerAddress = 64,
    handshakeTimeoutMs = 10_000,
  }: StrangerLimits) {
    this.#handshakes = new PendingHandshakes(maxPendingHandshakes, maxPendingHandshakesPerAddress);
    this.#timeoutMs = handshakeTimeoutMs;
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** A TCP connection was accepted. */
  add(socket: Socket): void {
    const peer = peerOf(socket);
    this.#sockets.set(peer, { socket, since: performance.now() });
    this.#handshakes.add(socket);
    socket.once("close", () => {
      if (this.#sockets.get(peer)?.socket === socket) this.#sockets.delete(peer);
    });
    this.#timer ??= setInterval(() => this.#look(), lookEveryMs).unref();
  }

  /** The client at `peer` (`ip:port`, IPv6 without brackets) was let in. */
  known(peer: string): void {
    const entry = this.#sockets.get(peer);
    if (entry === undefined) return;
    this.#sockets.delete(peer);
    this.#handshakes.done(entry.socket);
  }

  /** The connection from `peer` has sent more than handshakes need. */
  tooMuch(peer: string): boolean {
    const entry = this.#sockets.get(peer);
    return entry !== undefined && entry.socket.bytesRead > mostBytes;
  }

  destroy(): void {
    clearInterval(this.#timer);
    this.#handshakes.destroy();
  }

  #look(): void {
    const now = performance.now();
    for (const { socket, since } of [...this.#sockets.values()]) {
      if (now - since > this.#timeoutMs || socket.bytesRead > mostBytes) socket.destroy();
    }
    if (this.#sockets.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** As the package writes it. */
export const peerOf = ({ remoteAddress, remotePort }: Pick<Socket, "remoteAddress" | "remotePort">): string =>
  `${remoteAddress}:${remotePort}`;
