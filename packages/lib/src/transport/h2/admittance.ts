import type { TLSSocket } from "node:tls";
import { ProxyError } from "../../error/proxy-error.ts";
import type { Connection, ListenerHandlers, PeerIdentity } from "../transport.ts";
import type { PipedProtocol } from "./connection.ts";
import type { Http2Settings } from "./http2-settings.ts";
import { refuseSocket } from "./refuse-socket.ts";
import { Http2ServerConnection } from "./server-connection.ts";

export interface AdmittanceOptions {
  /** Decides on the client's certificate. Throws ProxyError to refuse it in words. Called before a byte is parsed. */
  readonly judge: (socket: TLSSocket) => PeerIdentity;
  readonly settings: Http2Settings;
}

/** What a listener does with clients whose TLS handshake is done: judge, serve, and drain in the end. */
export class Admittance {
  readonly #options: AdmittanceOptions;
  readonly #handlers: ListenerHandlers;
  readonly #protocol: PipedProtocol;
  readonly #connections = new Set<Connection>();
  #closing = false;

  constructor(options: AdmittanceOptions, handlers: ListenerHandlers, protocol: PipedProtocol = "http2") {
    this.#options = options;
    this.#handlers = handlers;
    this.#protocol = protocol;
  }

  /** @returns whether the client is served; otherwise it was told why not. */
  admit(socket: TLSSocket, remoteAddress: string): boolean {
    const { judge, settings } = this.#options;
    let connection: Http2ServerConnection;
    try {
      if (this.#closing) throw new ProxyError("DRAINING");
      connection = new Http2ServerConnection(socket, settings, judge(socket), remoteAddress, this.#protocol);
      this.#handlers.connection(connection);
    } catch (error) {
      const reason = ProxyError.from(error, "INTERNAL");
      refuseSocket(socket, reason, "server");
      this.#handlers.refused(remoteAddress, reason);
      return false;
    }
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    // The Rust original offers no ALPN and speaks HTTP/2 by prior knowledge.
    connection.serve((tunnel) => this.#handlers.tunnel(tunnel), socket.alpnProtocol === false);
    return true;
  }

  /** Admits nobody any more and drains every connection. Aborting destroys them. */
  async close(signal?: AbortSignal): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#connections].map((connection) => connection.close(signal)));
  }

  destroy(): void {
    this.#closing = true;
    for (const connection of [...this.#connections]) connection.destroy();
  }
}
