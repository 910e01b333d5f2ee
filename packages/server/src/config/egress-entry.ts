import { isIP } from "node:net";
import { parseTarget } from "@octoproxy/lib/address/target";
import { parseNetwork } from "@octoproxy/lib/config/networks";
import type { EgressEntry } from "./server-config.ts";

/**
 * Reads `10.0.0.0/8`, `10.1.2.3`, `[fd00::1]:443`, `[fd00::]/8:443`, `host`, `*.host`, each with or without `:port`.
 * @returns undefined where it is none of them.
 */
export const parseEgressEntry = (text: string): EgressEntry | undefined => {
  const { body, port } = splitPort(text);
  if (port === 0 || port > 65535) return undefined;
  const common = { text, port: Number.isNaN(port) ? undefined : port };
  const network = parseNetwork(body.replace(/^\[([^\]]*)\]/, "$1"));
  if (network !== undefined) return { ...common, network, host: undefined };
  const below = body.startsWith("*.") ? "*." : "";
  const name = hostOf(body.slice(below.length));
  if (name === undefined) return undefined;
  return { ...common, network: undefined, host: `${below}${name}` };
};

/** A bare IPv6 address or network has colons and no port. */
const splitPort = (text: string): { readonly body: string; readonly port: number } => {
  if (isIP(text.replace(/\/\d+$/, "")) === 6) return { body: text, port: Number.NaN };
  const match = /^(.*):(\d{1,5})$/.exec(text);
  return match === null ? { body: text, port: Number.NaN } : { body: match[1]!, port: Number(match[2]) };
};

/** The name in lower case and without a trailing dot; an address is a network's business. */
const hostOf = (text: string): string | undefined => {
  try {
    const { host } = parseTarget(`${text}:443`);
    return isIP(host) === 0 ? host : undefined;
  } catch {
    return undefined;
  }
};
