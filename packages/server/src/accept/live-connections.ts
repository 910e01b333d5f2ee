import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { Logger } from "@octoproxy/lib/log/logger";
import { whyRevoked } from "@octoproxy/lib/tls/revoked-peer";
import type { Trust } from "@octoproxy/lib/tls/trust";
import type { Connection } from "@octoproxy/lib/transport/transport";

/** The clients' connections that are open, on every listener: their coming and going is logged. */
export class LiveConnections {
  readonly #log: Logger;
  readonly #connections = new Set<Connection>();

  constructor(log: Logger) {
    this.#log = log;
  }

  add(connection: Connection): void {
    const { peer, protocol, remoteAddress: remote } = connection;
    const client = peer.subject;
    this.#connections.add(connection);
    this.#log.info({ client, remote, protocol }, "client connected");
    void connection.closed.then((error) => {
      this.#connections.delete(connection);
      this.#log.info({ client, remote, code: error?.code, reason: error?.message }, "client left");
    });
  }

  /** Ends those whose certificates the lists name, with their tunnels. @param now milliseconds since 1970. */
  endRevoked(trust: Trust, now: number): void {
    for (const connection of [...this.#connections]) {
      const { peer, protocol, remoteAddress: remote, openStreams: tunnels } = connection;
      const detail = whyRevoked(peer, trust, now);
      if (detail === undefined) continue;
      const error = new ProxyError("CERTIFICATE_REFUSED", { detail });
      this.#log.warn(
        { client: peer.subject, remote, protocol, tunnels, code: error.code, reason: error.message },
        "connection ended, the client's certificate is revoked",
      );
      connection.destroy(error);
    }
  }
}
