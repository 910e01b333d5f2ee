import { once } from "node:events";
import { type AddressInfo, isIPv6 } from "node:net";
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from "node:tls";
import { ProxyError } from "../../error/proxy-error.ts";
import type { Listener, ListenerHandlers } from "../transport.ts";
import { Admittance, type AdmittanceOptions } from "./admittance.ts";
import { PendingHandshakes } from "./pending-handshakes.ts";
import { acceptingTls, listeningTls } from "./tls-options.ts";

export interface Http2ListenOptions extends AdmittanceOptions {
  /** IP address to bind. */
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  /** Certificate, key and the CAs of clients (their names are told to clients). */
  readonly tls: SecureContextOptions;
  /** TCP connections in the TLS handshake; the oldest is dropped beyond. Default 256. */
  readonly maxPendingHandshakes?: number | undefined;
  /** The same for one address. Default 64. */
  readonly maxPendingHandshakesPerAddress?: number | undefined;
  /** Asked for each TCP connection: with false only a few may be in their handshake. Default: always true. */
  readonly mayAccept?: (() => boolean) | undefined;
  /** Milliseconds for the TLS handshake. Default 10,000. */
  readonly handshakeTimeoutMs?: number | undefined;
}

/** Connections that the kernel keeps until they are accepted (it takes no more than `somaxconn`): a burst fits. */
const backlog = 4096;

/** Connections in their handshake while descriptors have run out. */
const mostWhenScarce = 8;

/** A TLS 1.3 listener for HTTP/2. Made by {@link listenHttp2}. */
export class Http2Listener implements Listener {
  readonly protocol = "http2";
  readonly #server: Server;
  readonly #options: Http2ListenOptions;
  readonly #handlers: ListenerHandlers;
  readonly #handshakes: PendingHandshakes;
  readonly #admittance: Admittance;
  #address = "";

  constructor(options: Http2ListenOptions, handlers: ListenerHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    const { maxPendingHandshakes = 256, maxPendingHandshakesPerAddress = 64 } = options;
    this.#handshakes = new PendingHandshakes(maxPendingHandshakes, maxPendingHandshakesPerAddress);
    this.#admittance = new Admittance(options, handlers);
    this.#server = createServer({ ...listeningTls(options.tls, options.handshakeTimeoutMs), noDelay: true });
    this.#server.on("connection", (socket) => {
      this.#handshakes.add(socket);
      if (options.mayAccept?.() === false) this.#handshakes.keep(mostWhenScarce);
    });
    this.#server.on("secureConnection", (socket) => this.#accept(socket));
    this.#server.on("tlsClientError", (error, socket) => this.#handshakeFailed(error, socket));
  }

  get address(): string {
    return this.#address;
  }

  /** Binds. Rejects with the system's error. */
  async listen(): Promise<void> {
    const { port: wantedPort, host } = this.#options;
    this.#server.listen({ port: wantedPort, host, backlog });
    await once(this.#server, "listening");
    const { address, port } = this.#server.address() as AddressInfo;
    this.#address = isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
  }

  /** New handshakes use this material; connections that exist keep theirs. Throws where key and certificate differ. */
  setSecureContext(tls: SecureContextOptions): void {
    this.#server.setSecureContext(acceptingTls(tls));
  }

  async close(signal?: AbortSignal): Promise<void> {
    await Promise.all([this.#stopAccepting(), this.#admittance.close(signal)]);
  }

  destroy(): void {
    void this.#stopAccepting();
    this.#admittance.destroy();
  }

  #stopAccepting(): Promise<void> {
    this.#handshakes.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: TLSSocket): void {
    this.#handshakes.done(socket);
    this.#admittance.admit(socket, addressOf(socket));
  }

  #handshakeFailed(error: Error, socket: TLSSocket): void {
    this.#handshakes.done(socket);
    const detail = `the TLS handshake failed: ${error.message}`;
    this.#handlers.refused(addressOf(socket), new ProxyError("BACKEND_TLS", { detail, cause: error }));
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
