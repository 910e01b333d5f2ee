import { hkdfSync } from "node:crypto";
import type { QuicConnection } from "@octoproxy/quic/connection";
import { QuicEndpoint } from "@octoproxy/quic/endpoint";
import { QuicServer } from "@octoproxy/quic/options";
import type { QuicError } from "@octoproxy/quic/quic-error";
import { ProxyError } from "../../error/proxy-error.ts";
import type { Listener, ListenerHandlers, PeerIdentity } from "../transport.ts";
import { bindError } from "./bind-error.ts";
import { closeCode, closeCodeOf, errorOfRefusedClient } from "./close-code.ts";
import type { QuicTls } from "./connect.ts";
import { dialectOf, originalAlpn, ownAlpn } from "./dialect.ts";
import { type QuicSettings, serverTransport } from "./quic-settings.ts";
import { QuicServerConnection } from "./server-connection.ts";

export interface QuicListenOptions {
  /** IP address to bind; IPv6 without brackets. */
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly tls: QuicTls;
  /** Take clients without asking for a certificate; `judge` then sees none. Default false. */
  readonly anyClient?: boolean | undefined;
  /** Decides on a client's certificates (DER, leaf first), after TLS accepted them. Throws ProxyError to refuse them. */
  readonly judge: (chain: readonly Uint8Array[]) => PeerIdentity;
  readonly settings: QuicSettings;
  /** Tunnels that a connection may have at once. */
  readonly maxTunnels: number;
  /** Unfinished handshakes in all; the oldest is dropped beyond. Default 256. */
  readonly maxPendingHandshakes?: number | undefined;
  /** The same for one address. Default 64. */
  readonly maxPendingHandshakesPerAddress?: number | undefined;
  /** Milliseconds for a handshake. Default 10,000. */
  readonly handshakeTimeoutMs?: number | undefined;
  /** Milliseconds for the head of a tunnel that has begun. Default 10,000. */
  readonly headTimeoutMs?: number | undefined;
}

/** Between two tries to bind again. */
const reopenMs = 100;

/** A UDP listener for QUIC, and for the original's dialect of it. Made by {@link listenQuic}. */
export class QuicListener implements Listener {
  readonly protocol = "quic";
  readonly address: string;
  readonly #options: QuicListenOptions;
  readonly #handlers: ListenerHandlers;
  #endpoint: QuicEndpoint;
  #server: QuicServer;
  #reopening: NodeJS.Timeout | undefined;
  readonly #connections = new Set<QuicServerConnection>();
  #closing = false;

  constructor(options: QuicListenOptions, handlers: ListenerHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#server = this.#newServer(options.tls, options.anyClient);
    const address = options.host.includes(":") ? `[${options.host}]` : options.host;
    this.#endpoint = this.#open(`${address}:${options.port}`);
    this.address = this.#endpoint.address;
  }

  /** New handshakes use this material; connections that exist keep theirs. Throws where key and certificate differ. */
  setTls(tls: QuicTls, anyClient = this.#options.anyClient): void {
    this.#server = this.#newServer(tls, anyClient);
    this.#endpoint.setServer(this.#server);
  }

  async close(signal?: AbortSignal): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#reopening);
    await Promise.all([...this.#connections].map((connection) => connection.close(signal)));
    await this.#endpoint.close(closeCode.done);
  }

  destroy(): void {
    this.#closing = true;
    clearTimeout(this.#reopening);
    for (const connection of [...this.#connections]) connection.destroy();
    void this.#endpoint.close(closeCode.abort);
  }

  #open(address: string): QuicEndpoint {
    const { tls, maxPendingHandshakes, maxPendingHandshakesPerAddress, handshakeTimeoutMs } = this.#options;
    return new QuicEndpoint(
      {
        address,
        server: this.#server,
        ...(tls.key === undefined ? {} : { resetKey: resetKeyOf(tls.key) }),
        maxHalfOpen: maxPendingHandshakes ?? 256,
        maxHalfOpenPerAddress: maxPendingHandshakesPerAddress ?? 64,
        handshakeTimeoutMs: handshakeTimeoutMs ?? 10_000,
      },
      {
        connection: (quic) => this.#accept(quic),
        refused: (error) => this.#handlers.refused(error.remoteAddress ?? "", errorOfRefusedClient(error)),
        lost: (error) => void this.#lost(error),
      },
    );
  }

  /** Without a socket nobody could connect any more. */
  async #lost(error: QuicError): Promise<void> {
    if (this.#closing) return;
    this.#handlers.reopening?.(new ProxyError("INTERNAL", { detail: error.message, cause: error }));
    await this.#endpoint.close(closeCode.abort);
    this.#reopen();
  }

  /** The port is free when the last connection of the former socket is released. */
  #reopen(): void {
    if (this.#closing) return;
    try {
      this.#endpoint = this.#open(this.address);
    } catch {
      this.#reopening = setTimeout(() => this.#reopen(), reopenMs);
    }
  }

  #newServer(tls: QuicTls, anyClient: boolean | undefined): QuicServer {
    const { settings, host, maxTunnels } = this.#options;
    return new QuicServer({
      ...tls,
      ...serverTransport(settings, host.includes(":") ? `[${host}]` : host, maxTunnels),
      anyClient: anyClient ?? false,
      alpn: [ownAlpn, originalAlpn],
    });
  }

  #accept(quic: QuicConnection): void {
    const { remoteAddress } = quic;
    let connection: QuicServerConnection;
    try {
      if (this.#closing) throw new ProxyError("DRAINING");
      const peer = this.#options.judge(quic.peerCertificates);
      connection = new QuicServerConnection(
        quic,
        peer,
        dialectOf(quic.alpn, "git"),
        this.#options.maxTunnels,
        this.#options.headTimeoutMs ?? 10_000,
      );
      this.#handlers.connection(connection);
    } catch (cause) {
      const error = ProxyError.from(cause, "INTERNAL");
      quic.close(closeCodeOf(error), error.message);
      this.#handlers.refused(remoteAddress, error);
      return;
    }
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    connection.serve((tunnel) => this.#handlers.tunnel(tunnel));
  }
}

/**
 * The secret behind stateless resets, the same after a restart, since it comes from the private key: clients of the
 * former process then learn at once that it is gone.
 */
const resetKeyOf = (key: string | Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", key, "", "octoproxy stateless reset", 64));

/**
 * Binds and listens.
 * @throws an error like the system's (`EADDRINUSE`, …) where the address cannot be bound; QuicError where the TLS
 *   material is unfit or there is no addon.
 */
export const listenQuic = (options: QuicListenOptions, handlers: ListenerHandlers): QuicListener => {
  try {
    return new QuicListener(options, handlers);
  } catch (error) {
    throw bindError(error, options.host, options.port);
  }
};
