import type { Socket } from "node:net";

/**
 * TCP connections whose TLS handshake is not done. Past a bound the oldest is dropped: a flood of silent sockets
 * loses its own, and an honest client, whose handshake takes milliseconds, gets through.
 */
export class PendingHandshakes {
  readonly #maxTotal: number;
  readonly #maxPerAddress: number;
  /** In the order of their arrival. */
  readonly #sockets = new Set<Socket>();
  readonly #byPeer = new Map<string, Socket>();
  readonly #countByAddress = new Map<string, number>();

  constructor(maxTotal: number, maxPerAddress: number) {
    this.#maxTotal = maxTotal;
    this.#maxPerAddress = maxPerAddress;
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** A connection was accepted. */
  add(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    const peer = peerOf(socket);
    this.#sockets.add(socket);
    this.#byPeer.set(peer, socket);
    const count = (this.#countByAddress.get(address) ?? 0) + 1;
    this.#countByAddress.set(address, count);
    socket.once("close", () => this.#remove(socket, peer, address));
    if (count > this.#maxPerAddress) this.#dropOldest((other) => other.remoteAddress === address);
    else if (this.#sockets.size > this.#maxTotal) this.#dropOldest(() => true);
  }

  /** Drops the oldest beyond so many. */
  keep(most: number): void {
    while (this.#sockets.size > most) this.#dropOldest(() => true);
  }

  /** The handshake with this peer is done. `socket` is the one that was added, or the TLS socket over it. */
  done(socket: Pick<Socket, "remoteAddress" | "remotePort">): void {
    const peer = peerOf(socket);
    const raw = this.#byPeer.get(peer);
    if (raw !== undefined) this.#remove(raw, peer, socket.remoteAddress ?? "");
  }

  /** Drops all. */
  destroy(): void {
    for (const socket of [...this.#sockets]) socket.destroy();
  }

  #dropOldest(matches: (socket: Socket) => boolean): void {
    for (const socket of this.#sockets) {
      if (!matches(socket)) continue;
      // At once, not with its close: the next one of a burst is to drop another.
      this.#remove(socket, peerOf(socket), socket.remoteAddress ?? "");
      socket.destroy();
      return;
    }
  }

  #remove(socket: Socket, peer: string, address: string): void {
    if (!this.#sockets.delete(socket)) return;
    if (this.#byPeer.get(peer) === socket) this.#byPeer.delete(peer);
    const count = (this.#countByAddress.get(address) ?? 1) - 1;
    if (count > 0) this.#countByAddress.set(address, count);
    else this.#countByAddress.delete(address);
  }
}

const peerOf = (socket: Pick<Socket, "remoteAddress" | "remotePort">): string =>
  `${socket.remoteAddress} ${socket.remotePort}`;
