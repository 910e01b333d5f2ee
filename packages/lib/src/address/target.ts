import { isIPv6 } from "node:net";
import { ProxyError } from "../error/proxy-error.ts";
import { decimalAt } from "./decimal.ts";

/** Where an application wants to go: a name or an IP literal, and a port. */
export interface Target {
  /** Lower case, no trailing dot, IPv6 without brackets; an IPv4 literal only in dotted decimal. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** RFC 1035: a name has 253 characters at most, a label 63. */
const maxNameLength = 253;
const maxLabelLength = 63;
const dot = 0x2e;
const hyphen = 0x2d;

/** Lower case letters, digits, `_` and `-`, by their code: what a name is written in here. */
const nameCharacters = new Uint8Array(128);
for (const character of "abcdefghijklmnopqrstuvwxyz0123456789_-") nameCharacters[character.charCodeAt(0)] = 1;

/**
 * Reads `host:port` or `[v6]:port` strictly: no scheme, userinfo, path, empty or missing part.
 * @throws ProxyError `BAD_REQUEST`.
 */
export const parseTarget = (authority: string): Target => {
  const colon = authority.lastIndexOf(":");
  const port = decimalAt(authority, colon + 1, 5);
  if (colon < 0 || port < 1 || port > 65535) throw malformed(authority);
  if (authority.startsWith("[")) {
    const address = authority.slice(1, colon - 1);
    if (authority[colon - 1] !== "]" || !isIPv6(address) || address.includes("%")) throw malformed(authority);
    return { host: address.toLowerCase(), port };
  }
  const host = authority.slice(0, authority[colon - 1] === "." ? colon - 1 : colon);
  if (isName(host)) return { host, port };
  const lower = host.toLowerCase();
  if (!isName(lower)) throw malformed(authority);
  return { host: lower, port };
};

/** Labels with dots between them, none of which begins or ends with a hyphen. IPv4 literals look like that as well. */
const isName = (text: string): boolean => {
  if (text.length > maxNameLength) return false;
  let labelFrom = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? dot : text.charCodeAt(at);
    if (code !== dot) {
      if (nameCharacters[code] !== 1) return false;
      continue;
    }
    const length = at - labelFrom;
    if (length < 1 || length > maxLabelLength) return false;
    if (text.charCodeAt(labelFrom) === hyphen || text.charCodeAt(at - 1) === hyphen) return false;
    labelFrom = at + 1;
  }
  return true;
};

/** `host:port`, IPv6 in brackets: what goes on the wire and into logs. */
export const formatTarget = ({ host, port }: Target): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

const malformed = (authority: string): ProxyError =>
  new ProxyError("BAD_REQUEST", { detail: `"${authority.slice(0, 80)}" is not host:port` });
