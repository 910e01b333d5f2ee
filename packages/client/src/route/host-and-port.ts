import { domainToASCII } from "node:url";
import { parseTarget } from "@octoproxy/lib/address/target";
import { RuleFault } from "./rule-fault.ts";

export interface HostAndPort {
  /** As written, without the brackets of IPv6. */
  readonly host: string;
  readonly port: number | undefined;
}

/**
 * Cuts `host`, `host:port`, `[v6]`, `[v6]:port` or a bare `v6` in two.
 * @throws RuleFault for a port that is none and for brackets that do not close.
 */
export const splitPort = (text: string): HostAndPort => {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) return { host: bracketed[1]!, port: readPort(bracketed[2]) };
  if (/[[\]]/.test(text)) throw new RuleFault(`"${text}" is not an IPv6 address in brackets`);
  const colon = text.indexOf(":");
  if (colon < 0) return { host: text, port: undefined };
  if (text.indexOf(":", colon + 1) >= 0) return { host: text, port: undefined }; // a bare IPv6 address
  return { host: text.slice(0, colon), port: readPort(text.slice(colon + 1)) };
};

const readPort = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new RuleFault(`"${text}" is not a port (1 to 65535)`);
  return port;
};

/**
 * A name or an address as targets have it: lower case, no trailing dot; names beyond ASCII in their `xn--` form.
 * @throws RuleFault where no request could ever ask for it.
 */
export const readHost = (text: string): string => {
  const ascii = /[^\x00-\x7f]/.test(text) ? domainToASCII(text) : text;
  try {
    return parseTarget(ascii.includes(":") ? `[${ascii}]:1` : `${ascii}:1`).host;
  } catch {
    throw new RuleFault(`"${text}" is neither a host name nor an IP address`);
  }
};
