import { AsyncLocalStorage } from "node:async_hooks";
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from "node:tls";
import { ProxyError } from "../../error/proxy-error.ts";
import { Admittance, type AdmittanceOptions } from "../h2/admittance.ts";
import { acceptingTls, listeningTls } from "../h2/tls-options.ts";
import type { Listener, ListenerHandlers } from "../transport.ts";
import { type Guest, Guests } from "./guests.ts";
import { OuterServer, type OuterServerOptions } from "./outer-server.ts";
import type { PackageServerSession } from "./package-face.ts";
import { ServerSession } from "./server-session.ts";

/** `tls` is for the inner TLS, with the CAs of clients; the outer one shows the same certificate. */
export interface WebTransportListenOptions extends AdmittanceOptions, OuterServerOptions {}

/** A WebTransport listener: every session is a pipe for TLS 1.3 and HTTP/2. Made by {@link listenWebTransport}. */
export class WebTransportListener implements Listener {
  readonly protocol = "webtransport";
  readonly #outer: OuterServer;
  readonly #admittance: Admittance;
  readonly #handlers: ListenerHandlers;
  /** The inner TLS. It is not bound: pipes are handed to it. */
  readonly #inner: Server;
  /** Whose pipe a handshake is about. */
  readonly #whose = new AsyncLocalStorage<Guest>();
  readonly #guests: Guests;

  constructor(options: WebTransportListenOptions, handlers: ListenerHandlers, outer: OuterServer) {
    const { maxPendingHandshakes: maxPending = 256, handshakeTimeoutMs = 10_000 } = options;
    this.#outer = outer;
    this.#handlers = handlers;
    this.#guests = new Guests({ maxPending, handshakeTimeoutMs });
    this.#admittance = new Admittance(options, handlers, "webtransport");
    this.#inner = createServer(listeningTls(options.tls, handshakeTimeoutMs));
    this.#inner.on("secureConnection", (socket) => this.#accept(socket));
    this.#inner.on("tlsClientError", (error, socket) => this.#handshakeFailed(error, socket));
    void this.#receive();
  }

  get address(): string {
    return this.#outer.address;
  }

  /** Whether HTTP/3 is served beside HTTP/2. */
  get http3(): boolean {
    return this.#outer.http3;
  }

  /** New handshakes, of both layers, use this material. Throws where key and certificate differ. */
  setSecureContext(tls: SecureContextOptions): void {
    this.#inner.setSecureContext(acceptingTls(tls));
    this.#outer.updateCertificate(tls);
  }

  async close(signal?: AbortSignal): Promise<void> {
    this.#outer.stop();
    this.#guests.dropPending();
    await this.#admittance.close(signal);
    // The last words of the connections are still on their way; each has a second for them.
    await this.#guests.gone();
    this.#outer.destroy();
  }

  destroy(): void {
    this.#outer.stop();
    this.#admittance.destroy();
    this.#guests.destroy();
    this.#outer.destroy();
  }

  async #receive(): Promise<void> {
    for await (const session of this.#outer.sessions) this.#greet(session);
  }

  #greet(opened: PackageServerSession): void {
    const peer = opened.peerAddress;
    const session = new ServerSession(
      opened,
      { cut: () => this.#outer.cut(peer), bytesCame: () => this.#outer.bytesFrom(peer) },
      (pipe) => this.#whose.run(guest, () => this.#inner.emit("connection", pipe)),
    );
    const guest: Guest = { session, peer };
    this.#guests.add(guest);
  }

  #accept(socket: TLSSocket): void {
    const guest = this.#whose.getStore();
    if (guest === undefined) return void socket.destroy();
    if (!this.#admittance.admit(socket, guest.peer)) return;
    this.#guests.known(guest);
    this.#outer.known(guest.peer);
  }

  #handshakeFailed(error: Error, socket: TLSSocket): void {
    const peer = this.#whose.getStore()?.peer ?? "unknown";
    const detail = `the TLS handshake failed: ${error.message}`;
    this.#handlers.refused(peer, new ProxyError("BACKEND_TLS", { detail, cause: error }));
    socket.destroy();
  }
}

/** Binds and listens. Rejects with the system's error, or ProxyError where the package is not there. */
export const listenWebTransport = async (
  options: WebTransportListenOptions,
  handlers: ListenerHandlers,
): Promise<WebTransportListener> =>
  new WebTransportListener(options, handlers, await OuterServer.open(options));
