import { isIP } from "node:net";
import { abortable } from "../deadline/abortable.ts";
import { ProxyError } from "../error/proxy-error.ts";
import { AddressCache } from "./address-cache.ts";
import { type HostsTable, loopbackOf, parseHosts } from "./hosts-file.ts";
import { NameServers } from "./name-servers.ts";
import { WatchedFile } from "./watched-file.ts";

export interface ResolverOptions {
  /** `ip`, `ip:port` or `[v6]:port` (`dns_servers`). Empty (default): the system's, read again when they change. */
  readonly servers?: readonly string[] | undefined;
  /** Default `/etc/hosts`. */
  readonly hostsFile?: string | undefined;
  /** Default `/etc/resolv.conf`; looked at for changes only. */
  readonly resolvConf?: string | undefined;
  /** For the first try of a question; the two after it wait twice and four times as long. Default 1 s. */
  readonly timeoutMs?: number | undefined;
}

/** inet_aton and some resolvers take such a name for an IPv4 address (`0x7f.1`, `127.1`, `2130706433`); no TLD ends so. */
const numericEnd = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/;

/**
 * From a name to its addresses: an IP literal stands for itself, then the hosts file, `localhost`, then name servers.
 * Answers are cached for their TTL, a minute at most; one name is asked for once at a time, however many want it.
 */
export class Resolver {
  readonly #servers: readonly string[];
  readonly #timeoutMs: number | undefined;
  readonly #hostsFile: WatchedFile;
  readonly #resolvConf: WatchedFile | undefined;
  readonly #cache = new AddressCache();
  readonly #asked = new Map<string, Promise<readonly string[]>>();
  #hosts: HostsTable = new Map();
  #nameServers: NameServers;

  constructor({
    servers = [],
    hostsFile = "/etc/hosts",
    resolvConf = "/etc/resolv.conf",
    timeoutMs,
  }: ResolverOptions = {}) {
    this.#servers = servers;
    this.#timeoutMs = timeoutMs;
    this.#hostsFile = new WatchedFile(hostsFile);
    this.#resolvConf = servers.length > 0 ? undefined : new WatchedFile(resolvConf);
    this.#resolvConf?.changed(performance.now());
    this.#nameServers = new NameServers(servers, timeoutMs);
  }

  /**
   * @param name as a {@link Target} has it: lower case, without trailing dot.
   * @returns at least one address. Aborting ends this wait; a question that others wait for goes on.
   * @throws ProxyError `DNS_ERROR` or `DNS_TIMEOUT`; the signal's reason when it is aborted.
   */
  async resolve(name: string, signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted();
    if (isIP(name) !== 0) return [name];
    if (numericEnd.test(name)) {
      throw new ProxyError("DNS_ERROR", {
        detail: `${name} is no name, and addresses are a.b.c.d in decimal`,
      });
    }
    const now = performance.now();
    const known = this.#fromHosts(name, now) ?? loopbackOf(name) ?? this.#cache.get(name, now);
    return known ?? abortable(this.#ask(name), signal);
  }

  /** Ends the questions under way. */
  close(): void {
    this.#nameServers.cancel();
  }

  #fromHosts(name: string, now: number): readonly string[] | undefined {
    const text = this.#hostsFile.changed(now);
    if (text !== undefined) this.#hosts = parseHosts(text);
    return this.#hosts.get(name);
  }

  #ask(name: string): Promise<readonly string[]> {
    let asked = this.#asked.get(name);
    if (asked === undefined) {
      asked = this.#question(name);
      this.#asked.set(name, asked);
    }
    return asked;
  }

  async #question(name: string): Promise<readonly string[]> {
    this.#noticeNewServers();
    try {
      const { addresses, ttl } = await this.#nameServers.ask(name);
      this.#cache.set(name, addresses, ttl, performance.now());
      return addresses;
    } finally {
      this.#asked.delete(name);
    }
  }

  /** c-ares reads the system's servers once; a laptop that changes its network must not keep the old ones. */
  #noticeNewServers(): void {
    if (this.#resolvConf?.changed(performance.now()) === undefined) return;
    this.#nameServers = new NameServers(this.#servers, this.#timeoutMs);
    this.#cache.clear();
  }
}
