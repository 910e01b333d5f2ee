import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { Connection, PeerIdentity } from "@octoproxy/lib/transport/transport";

export interface AdmissionLimits {
  /** Authenticated connections at once. */
  readonly maxConnections: number;
  /** Tunnels at once for one certificate fingerprint. */
  maxTunnelsOf(client: PeerIdentity): number;
}

/**
 * Who may come in: counts connections and the tunnels of each certificate, and turns away what is too much.
 * Counts go up and down in pairs, so they cannot drift.
 */
export class Admission {
  limits: AdmissionLimits;
  readonly #full: (client?: PeerIdentity) => void;
  #draining = false;
  #connections = 0;
  #tunnels = 0;
  readonly #tunnelsByClient = new Map<string, number>();

  /** @param full somebody was turned away by a limit: that of connections, or a client's own of tunnels. */
  constructor(limits: AdmissionLimits, full: (client?: PeerIdentity) => void = () => {}) {
    this.limits = limits;
    this.#full = full;
  }

  get connections(): number {
    return this.#connections;
  }

  get tunnels(): number {
    return this.#tunnels;
  }

  /** From now on every new connection and tunnel is answered with DRAINING. */
  drain(): void {
    this.#draining = true;
  }

  /**
   * Counts a connection until it is closed.
   * @throws ProxyError `DRAINING` or `CLIENT_LIMIT`.
   */
  connection(connection: Connection): void {
    if (this.#draining) throw new ProxyError("DRAINING");
    if (this.#connections >= this.limits.maxConnections) {
      this.#full();
      throw new ProxyError("CLIENT_LIMIT", {
        detail: `the server's limit of ${this.limits.maxConnections} connections is reached (max_concurrent_tasks)`,
      });
    }
    this.#connections++;
    connection.closed.then(() => {
      this.#connections--;
    });
  }

  /**
   * Counts a tunnel until `leaveTunnel` is called for the same client.
   * @throws ProxyError `DRAINING` or `CLIENT_LIMIT`; then nothing was counted.
   */
  enterTunnel(client: PeerIdentity): void {
    if (this.#draining) throw new ProxyError("DRAINING");
    const limit = this.limits.maxTunnelsOf(client);
    const open = this.#tunnelsByClient.get(client.fingerprint) ?? 0;
    if (open >= limit) {
      this.#full(client);
      throw new ProxyError("CLIENT_LIMIT", {
        detail: `this client's limit of ${limit} tunnels is reached`,
      });
    }
    this.#tunnelsByClient.set(client.fingerprint, open + 1);
    this.#tunnels++;
  }

  leaveTunnel(client: PeerIdentity): void {
    this.#tunnels--;
    const left = (this.#tunnelsByClient.get(client.fingerprint) ?? 1) - 1;
    if (left === 0) this.#tunnelsByClient.delete(client.fingerprint);
    else this.#tunnelsByClient.set(client.fingerprint, left);
  }
}
