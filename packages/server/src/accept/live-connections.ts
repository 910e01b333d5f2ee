import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { Logger } from "@octoproxy/lib/log/logger";
import { whyRevoked } from "@octoproxy/lib/tls/revoked-peer";
import type { Trust } from "@octoproxy/lib/tls/trust";
import type { Connection, PeerIdentity } from "@octoproxy/lib/transport/transport";

/** Who does not answer within this time while places are wanted is taken for gone. */
const answerMs = 5000;
/** Not more often, however many are turned away. */
const askEveryMs = 10_000;

/** The clients' connections that are open, on every listener: their coming and going is logged. */
export class LiveConnections {
  readonly #log: Logger;
  readonly #connections = new Set<Connection>();

  #askedAt = Number.NEGATIVE_INFINITY;

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

  /**
   * Somebody was turned away for want of a place: asks all, or those of one certificate, for a sign of life, and ends those
   * that give none. They may only be asleep, and are let be as long as there is room.
   */
  makeRoom(wanting?: PeerIdentity): void {
    const now = performance.now();
    if (now - this.#askedAt < askEveryMs) return;
    this.#askedAt = now;
    for (const connection of this.#connections) {
      if (wanting === undefined || connection.peer.fingerprint === wanting.fingerprint) {
        void this.#endIfSilent(connection);
      }
    }
  }

  async #endIfSilent(connection: Connection): Promise<void> {
    const { peer, protocol, remoteAddress: remote } = connection;
    const late = AbortSignal.timeout(answerMs);
    try {
      await connection.ping(late);
    } catch {
      if (!late.aborted || !this.#connections.has(connection)) return;
      const detail = "nothing is heard of it, and its place was wanted by another";
      const error = new ProxyError("CLIENT_LIMIT", { detail });
      const tunnels = connection.openStreams;
      const reason = error.message;
      this.#log.warn(
        { client: peer.subject, remote, protocol, tunnels, code: error.code, reason },
        "connection of a silent client ended",
      );
      connection.destroy(error);
    }
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
