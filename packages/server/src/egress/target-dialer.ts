import type { AddressBytes } from "@octoproxy/lib/address/ip-address";
import type { Target } from "@octoproxy/lib/address/target";
import { Deadline } from "@octoproxy/lib/deadline/deadline";
import { type Dialed, dial } from "@octoproxy/lib/dial/dial";
import { Resolver } from "@octoproxy/lib/dial/resolver";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { DescriptorReserve } from "@octoproxy/lib/lifecycle/descriptor-reserve";
import type { PeerIdentity } from "@octoproxy/lib/transport/transport";
import { ClientRules } from "../accept/client-rules.ts";
import type { EgressConfig, ServerConfig } from "../config/server-config.ts";
import { DialTurns } from "./dial-turns.ts";
import { EgressPolicy } from "./egress-policy.ts";
import { isOwnListener } from "./own-listeners.ts";

type EgressKeys = Pick<ServerConfig, "egress" | "clients" | "connectTimeoutMs" | "dnsServers">;

/** Reaches targets as the configuration allows: the egress station of a server. */
export class TargetDialer {
  readonly #ownAddresses: () => readonly string[];
  readonly #descriptors: DescriptorReserve;
  readonly #turns = new DialTurns();
  #connectTimeoutMs = 0;
  #dnsServers = "";
  #resolver: Resolver | undefined;
  #clients = new ClientRules([]);
  #policies = new Map<EgressConfig, EgressPolicy>();
  #policy: EgressPolicy;

  /** @param ownAddresses `ip:port` of every listener of the server: never a target, unless an `allow` names it. */
  constructor(
    config: EgressKeys,
    ownAddresses: () => readonly string[],
    descriptors = new DescriptorReserve(),
  ) {
    this.#ownAddresses = ownAddresses;
    this.#descriptors = descriptors;
    this.#policy = this.#policyOf(config.egress);
    this.configure(config);
  }

  /** Takes over a reloaded configuration; dials under way keep the old one. */
  configure(config: EgressKeys): void {
    this.#connectTimeoutMs = config.connectTimeoutMs;
    this.#clients = new ClientRules(config.clients);
    this.#policies = new Map();
    this.#policy = this.#policyOf(config.egress);
    for (const { egress } of config.clients) if (egress !== undefined) this.#policyOf(egress);
    const dnsServers = config.dnsServers.join();
    if (this.#resolver === undefined || dnsServers !== this.#dnsServers) {
      this.#dnsServers = dnsServers;
      this.#resolver = new Resolver({ servers: config.dnsServers });
    }
  }

  /**
   * Judges the target, resolves it, judges its addresses and dials those that are left, within `connect_timeout`.
   * @throws ProxyError as `dial` does; without a free descriptor or port `CLIENT_LIMIT`, so that another server is tried;
   *   the signal's reason when it is aborted.
   */
  async dial(target: Target, client: PeerIdentity, signal: AbortSignal): Promise<Dialed> {
    const egress = this.#clients.of(client)?.egress;
    const judge = egress === undefined ? this.#policy : this.#policyOf(egress);
    const deadline = new Deadline(this.#connectTimeoutMs, "CONNECTION_TIMEOUT", signal);
    let hasTurn = false;
    try {
      const waiting = this.#turns.take(client.fingerprint, deadline.signal);
      if (waiting !== undefined) await waiting;
      hasTurn = true;
      if (!this.#descriptors.take()) throw new ProxyError("OVERLOADED");
      return await dial(target, { resolver: this.#resolver!, judge }, deadline.signal);
    } catch (error) {
      if (!(error instanceof ProxyError) || error.code !== "OVERLOADED") throw error;
      throw new ProxyError("CLIENT_LIMIT", {
        detail: error.message.replace(/^the proxy /, "the server "),
        cause: error,
      });
    } finally {
      if (hasTurn) this.#turns.leave(client.fingerprint);
      deadline[Symbol.dispose]();
    }
  }

  #policyOf(config: EgressConfig): EgressPolicy {
    let policy = this.#policies.get(config);
    if (policy === undefined) {
      policy = new EgressPolicy(config, this.#isOwn);
      this.#policies.set(config, policy);
    }
    return policy;
  }

  readonly #isOwn = (bytes: AddressBytes, port: number): boolean =>
    isOwnListener(this.#ownAddresses(), bytes, port);
}
