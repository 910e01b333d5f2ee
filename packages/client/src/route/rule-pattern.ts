import ipaddr from "ipaddr.js";
import { readHost, splitPort } from "./host-and-port.ts";
import { comparedHost } from "./host-literal.ts";
import { compileHostRegex } from "./host-regex.ts";
import { RuleFault } from "./rule-fault.ts";

/** What a rule's key means. Without a port it matches every port. */
export type RulePattern =
  | { readonly kind: "exact"; readonly host: string; readonly port: number | undefined }
  /** Every name that ends in `.suffix`; the suffix itself is not among them. */
  | { readonly kind: "suffix"; readonly suffix: string; readonly port: number | undefined }
  | { readonly kind: "any"; readonly port: number | undefined }
  | {
      readonly kind: "network";
      readonly bytes: readonly number[];
      readonly prefix: number;
      readonly port: number | undefined;
    }
  /** Seen against the host alone, in lower case, IPv6 in its short form and without brackets. */
  | { readonly kind: "regex"; readonly regex: RegExp };

/**
 * Reads a key of the rules file: `host`, `*.suffix`, `*`, a network, each with `:port` or without; or `~regex`.
 * @throws RuleFault
 */
export const parsePattern = (text: string): RulePattern => {
  if (text.startsWith("~")) {
    if (text.length === 1) throw new RuleFault("the regular expression after ~ is missing");
    return { kind: "regex", regex: compileHostRegex(text.slice(1)) };
  }
  const { host, port } = splitPort(text);
  if (host === "*") return { kind: "any", port };
  if (host.startsWith("*.")) {
    const suffix = readHost(host.slice(2));
    if (comparedHost(suffix).bytes !== undefined) throw new RuleFault("addresses have no subdomains");
    return { kind: "suffix", suffix, port };
  }
  if (host.includes("*")) {
    throw new RuleFault(
      'a * stands at the beginning only, as in "*.example"; "~" begins a regular expression',
    );
  }
  if (host.includes("/")) return { kind: "network", ...readNetwork(host), port };
  return { kind: "exact", host: comparedHost(readHost(host)).text, port };
};

/** What is wrong with a rule's key, as the end of a sentence; undefined where nothing is. */
export const validatePattern = (text: string): string | undefined => {
  try {
    parsePattern(text);
    return undefined;
  } catch (error) {
    if (error instanceof RuleFault) return error.message;
    throw error;
  }
};

const readNetwork = (text: string): { bytes: readonly number[]; prefix: number } => {
  const [address = "", length = "", more] = text.split("/");
  const { bytes, text: canonical } = comparedHost(address.toLowerCase());
  const written = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  const strict = address.includes(":") || ipaddr.IPv4.isValidFourPartDecimal(address);
  if (bytes === undefined || !strict || more !== undefined) {
    throw new RuleFault(
      `"${text}" is not a network like 10.0.0.0/8 or fd00::/8 (with a port: [fd00::/8]:443)`,
    );
  }
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  const mapped = address.includes(":") && !canonical.includes(":") ? 96 : 0;
  const prefix = written - mapped;
  if (!(prefix >= 0 && prefix <= bytes.length * 8)) {
    throw new RuleFault(`"/${length}" is not a prefix length from ${mapped} to ${mapped + bytes.length * 8}`);
  }
  return { bytes, prefix };
};
