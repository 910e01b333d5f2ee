import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { whyRevoked } from "@octoproxy/lib/tls/revoked-peer";
import type { Trust } from "@octoproxy/lib/tls/trust";
import type { Connection } from "@octoproxy/lib/transport/transport";

/** A connection that is ended since a list names the client's certificate. */
export interface ClientRevoked {
  readonly connection: Connection;
  /** That end with it. */
  readonly tunnels: number;
  readonly error: ProxyError;
}

/** The clients' connections that are open, on every listener. */
export class LiveConnections {
  readonly #connections = new Set<Connection>();

  add(connection: Connection): void {
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
  }

  /** Ends those whose certificates the lists name, with their tunnels. @param now milliseconds since 1970. */
  endRevoked(trust: Trust, now: number): readonly ClientRevoked[] {
    const ended: ClientRevoked[] = [];
    for (const connection of [...this.#connections]) {
      const detail = whyRevoked(connection.peer, trust, now);
      if (detail === undefined) continue;
      const error = new ProxyError("CERTIFICATE_REFUSED", { detail });
      ended.push({ connection, tunnels: connection.openStreams, error });
      connection.destroy(error);
    }
    return ended;
  }
}
