import { isIP, isIPv6 } from "node:net";
import { ProxyError } from "../error/proxy-error.ts";

/** Where an application wants to go: a name or an IP literal, and a port. */
export interface Target {
  /** Lower case, no trailing dot, IPv6 without brackets; an IPv4 literal only in dotted decimal. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** RFC 1035: a name has 253 characters at most, a label 63. */
const maxNameLength = 253;
const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/**
 * Reads `host:port` or `[v6]:port` strictly: no scheme, userinfo, path, empty or missing part.
 * @throws ProxyError `BAD_REQUEST`.
 */
export const parseTarget = (authority: string): Target => {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(authority);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65535) throw malformed(authority);
  if (match[1] !== undefined) {
    if (!isIPv6(match[1]) || match[1].includes("%")) throw malformed(authority);
    return { host: match[1].toLowerCase(), port };
  }
  const host = (match[2] ?? "").toLowerCase().replace(/\.$/, "");
  if (isIP(host) === 4) return { host, port };
  if (host === "" || host.length > maxNameLength || !host.split(".").every((part) => label.test(part))) {
    throw malformed(authority);
  }
  return { host, port };
};

/** `host:port`, IPv6 in brackets: what goes on the wire and into logs. */
export const formatTarget = ({ host, port }: Target): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

const malformed = (authority: string): ProxyError =>
  new ProxyError("BAD_REQUEST", { detail: `"${authority.slice(0, 80)}" is not host:port` });
