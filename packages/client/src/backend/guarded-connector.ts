import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { TlsMaterial } from "@octoproxy/lib/tls/material";
import { whyRevoked } from "@octoproxy/lib/tls/revoked-peer";
import type { Trust } from "@octoproxy/lib/tls/trust";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import type { Connector, ConnectorListener } from "./connector.ts";

/** Material whose lists may be exchanged while connections are made with it: connectors read them at each attempt. */
export interface LiveMaterial extends TlsMaterial {
  trust: Trust;
}

/** Why a connection must not be used: the lists of this moment name the server's certificate. */
export const revocationOf = ({ peer }: ClientConnection, trust: Trust): ProxyError | undefined => {
  const detail = whyRevoked(peer, trust, Date.now());
  return detail === undefined ? undefined : new ProxyError("BACKEND_CERTIFICATE", { detail });
};

/** Gives no connection to a server that was revoked while it was made. */
export class GuardedConnector implements Connector {
  listener: ConnectorListener | undefined;
  readonly #inner: Connector;
  readonly #material: LiveMaterial;

  constructor(inner: Connector, material: LiveMaterial) {
    this.#inner = inner;
    this.#material = material;
    inner.listener = {
      better: (connection) => {
        const error = revocationOf(connection, material.trust);
        if (error === undefined) this.listener?.better(connection);
        else connection.destroy(error);
      },
      silent: (connection) => this.listener?.silent(connection),
    };
  }

  get why(): string | undefined {
    return this.#inner.why;
  }

  /** @throws ProxyError as the connector does; `BACKEND_CERTIFICATE`. */
  async connect(signal: AbortSignal): Promise<ClientConnection> {
    const connection = await this.#inner.connect(signal);
    const error = revocationOf(connection, this.#material.trust);
    if (error === undefined) return connection;
    connection.destroy(error);
    throw error;
  }

  stop(): void {
    this.#inner.stop();
  }
}
