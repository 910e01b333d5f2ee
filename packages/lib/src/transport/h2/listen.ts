import { once } from "node:events";
import { type AddressInfo, isIPv6 } from "node:net";
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from "node:tls";
import { ProxyError } from "../../error/proxy-error.ts";
import type { Connection, Listener, ListenerHandlers, PeerIdentity } from "../transport.ts";
import type { Http2Settings } from "./http2-settings.ts";
import { PendingHandshakes } from "./pending-handshakes.ts";
import { refuseSocket } from "./refuse-socket.ts";
import { Http2ServerConnection } from "./server-connection.ts";
import { acceptingTls } from "./tls-options.ts";

export interface Http2ListenOptions {
  /** IP address to bind. */
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  /** Certificate, key and the CAs of clients (their names are told to clients). */
  readonly tls: SecureContextOptions;
  /** Decides on the client's certificate. Throws ProxyError to refuse it in words. Called before a byte is parsed. */
  readonly judge: (socket: TLSSocket) => PeerIdentity;
  readonly settings: Http2Settings;
  /** TCP connections in the TLS handshake; the oldest is dropped beyond. Default 256. */
  readonly maxPendingHandshakes?: number | undefined;
  /** The same for one address. Default 64. */
  readonly maxPendingHandshakesPerAddress?: number | undefined;
  /** Milliseconds for the TLS handshake. Default 10,000. */
  readonly handshakeTimeoutMs?: number | undefined;
}

/** A TLS 1.3 listener for HTTP/2. Made by {@link listenHttp2}. */
export class Http2Listener implements Listener {
  readonly protocol = "http2";
  readonly #server: Server;
  readonly #options: Http2ListenOptions;
  readonly #handlers: ListenerHandlers;
  readonly #handshakes: PendingHandshakes;
  readonly #connections = new Set<Connection>();
  #closing = false;
  #address = "";

  constructor(options: Http2ListenOptions, handlers: ListenerHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    const { maxPendingHandshakes = 256, maxPendingHandshakesPerAddress = 64 } = options;
    this.#handshakes = new PendingHandshakes(maxPendingHandshakes, maxPendingHandshakesPerAddress);
    this.#server = createServer({
      ...acceptingTls(options.tls),
      ALPNProtocols: ["h2"],
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: options.handshakeTimeoutMs ?? 10_000,
      noDelay: true,
    });
    this.#server.on("connection", (socket) => this.#handshakes.add(socket));
    this.#server.on("secureConnection", (socket) => this.#accept(socket));
    this.#server.on("tlsClientError", (error, socket) => this.#handshakeFailed(error, socket));
  }

  get address(): string {
    return this.#address;
  }

  /** Binds. Rejects with the system's error. */
  async listen(): Promise<void> {
    this.#server.listen(this.#options.port, this.#options.host);
    await once(this.#server, "listening");
    const { address, port } = this.#server.address() as AddressInfo;
    this.#address = isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
  }

  /** New handshakes use this material; connections that exist keep theirs. Throws where key and certificate differ. */
  setSecureContext(tls: SecureContextOptions): void {
    this.#server.setSecureContext(acceptingTls(tls));
  }

  async close(signal?: AbortSignal): Promise<void> {
    const closed = this.#stopAccepting();
    await Promise.all([closed, ...[...this.#connections].map((connection) => connection.close(signal))]);
  }

  destroy(): void {
    void this.#stopAccepting();
    for (const connection of [...this.#connections]) connection.destroy();
  }

  #stopAccepting(): Promise<void> {
    this.#closing = true;
    this.#handshakes.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: TLSSocket): void {
    this.#handshakes.done(socket);
    const remoteAddress = addressOf(socket);
    let connection: Http2ServerConnection;
    try {
      if (this.#closing) throw new ProxyError("DRAINING");
      const peer = this.#options.judge(socket);
      connection = new Http2ServerConnection(socket, this.#options.settings, peer, remoteAddress);
      this.#handlers.connection(connection);
    } catch (error) {
      const reason = ProxyError.from(error, "INTERNAL");
      refuseSocket(socket, reason);
      this.#handlers.refused(remoteAddress, reason);
      return;
    }
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    // The Rust original offers no ALPN and speaks HTTP/2 by prior knowledge.
    connection.serve((tunnel) => this.#handlers.tunnel(tunnel), socket.alpnProtocol === false);
  }

  #handshakeFailed(error: Error, socket: TLSSocket): void {
    this.#handshakes.done(socket);
    this.#handlers.refused(addressOf(socket), ProxyError.from(error, "BACKEND_TLS"));
    socket.destroy();
  }
}

/** Of a socket that is gone already the address is not known. */
const addressOf = ({ remoteAddress, remotePort }: TLSSocket): string =>
  remoteAddress === undefined ? "unknown" : `${remoteAddress}:${remotePort}`;

/** Binds and listens. Rejects with the system's error (`EADDRINUSE`, …) or where the TLS material is unfit. */
export const listenHttp2 = async (
  options: Http2ListenOptions,
  handlers: ListenerHandlers,
): Promise<Http2Listener> => {
  const listener = new Http2Listener(options, handlers);
  await listener.listen();
  return listener;
};
