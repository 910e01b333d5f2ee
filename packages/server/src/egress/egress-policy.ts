import {
  type AddressBytes,
  addressBytes,
  ipv4Within,
  looseIpv4Bytes,
} from "@octoproxy/lib/address/ip-address";
import { NetworkList } from "@octoproxy/lib/address/network-list";
import type { Target } from "@octoproxy/lib/address/target";
import type { TargetJudge } from "@octoproxy/lib/dial/target-judge";
import type { EgressConfig, EgressEntry } from "../config/server-config.ts";
import { HostPatterns } from "./host-patterns.ts";

/** What nobody reaches through a server unless an `allow` names it. */
export const builtInDenied: readonly string[] = [
  // Unspecified: Linux takes it for this machine.
  "0.0.0.0/8",
  "::/128",
  // Link-local, with the metadata service of most clouds.
  "169.254.0.0/16",
  "fe80::/10",
  // Multicast.
  "224.0.0.0/4",
  "ff00::/8",
  // Metadata services elsewhere: Alibaba, AWS and Google over IPv6.
  "100.100.100.200/32",
  "fd00:ec2::254/128",
  "fd20:ce::254/128",
];

const builtIn = new NetworkList(builtInDenied.map((network) => ({ network })));

/** Whether an address and port are a listener of this server. */
export type IsOwnListener = (bytes: AddressBytes, port: number) => boolean;

/**
 * The rules of `[egress]`: which targets may be reached. Pure; compiled once for a configuration.
 * `allow` exempts from `deny`, from the built-in list and from `default = "deny"`. An IPv6 address that stands for an
 * IPv4 one somewhere on the way (NAT64, 6to4, Teredo, …) is denied where either of the two is.
 */
export class EgressPolicy implements TargetJudge {
  readonly #denyByDefault: boolean;
  readonly #denyNetworks: NetworkList;
  readonly #denyHosts: HostPatterns;
  readonly #allowNetworks: NetworkList;
  readonly #allowHosts: HostPatterns;
  readonly #isOwn: IsOwnListener;

  constructor(config: EgressConfig, isOwn: IsOwnListener) {
    this.#denyByDefault = config.default === "deny";
    this.#denyNetworks = networksOf(config.deny);
    this.#denyHosts = hostsOf(config.deny);
    this.#allowNetworks = networksOf(config.allow);
    this.#allowHosts = hostsOf(config.allow);
    this.#isOwn = isOwn;
  }

  /** A name that `allow` has may be reached at every address that it resolves to. */
  judgeHost({ host, port }: Target): "allowed" | "denied" | "by_address" {
    if (this.#allowHosts.covers(host, port)) return "allowed";
    if (this.#denyHosts.covers(host, port)) return "denied";
    const loose = looseIpv4Bytes(host);
    if (loose !== undefined) return this.#mayReach(loose, port) ? "by_address" : "denied";
    return this.#denyByDefault && this.#allowNetworks.size === 0 ? "denied" : "by_address";
  }

  judgeAddress(address: string, port: number): boolean {
    const bytes = addressBytes(address);
    return bytes !== undefined && this.#mayReach(bytes, port);
  }

  #mayReach(bytes: AddressBytes, port: number): boolean {
    if (this.#allowNetworks.covers(bytes, port)) return true;
    if (this.#denyByDefault || this.#isDenied(bytes, port)) return false;
    for (const within of ipv4Within(bytes)) {
      if (this.#isDenied(within, port) && !this.#allowNetworks.covers(within, port)) return false;
    }
    return true;
  }

  #isDenied(bytes: AddressBytes, port: number): boolean {
    return builtIn.covers(bytes, port) || this.#denyNetworks.covers(bytes, port) || this.#isOwn(bytes, port);
  }
}

const networksOf = (entries: readonly EgressEntry[]): NetworkList =>
  new NetworkList(entries.flatMap(({ network, port }) => (network === undefined ? [] : [{ network, port }])));

const hostsOf = (entries: readonly EgressEntry[]): HostPatterns =>
  new HostPatterns(entries.flatMap(({ host, port }) => (host === undefined ? [] : [{ host, port }])));
