import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { addressBytes, type GeneralName } from "./x509/general-name.ts";

/**
 * Whether one of a certificate's names is `wanted`: a DNS name is sought among DNS names, an IP literal among IP
 * addresses (RFC 9525 section 6). The common name never counts. A wildcard stands for exactly one whole first label and has
 * two labels at least behind it. Names in other scripts are compared in their ASCII form.
 */
export const bearsName = (names: readonly GeneralName[], wanted: string): boolean => {
  const literal = wanted.replace(/^\[(.*)\]$/, "$1");
  if (isIP(literal) !== 0) {
    const bytes = addressBytes(literal);
    return names.some((name) => name.type === "IP" && name.bytes.equals(bytes));
  }
  const host = normalised(/[^\u0000-\u007f]/.test(wanted) ? domainToASCII(wanted) : wanted);
  if (!isPlainName(host)) return false;
  return names.some((name) => name.type === "DNS" && matches(normalised(name.value), host));
};

const matches = (pattern: string, host: string): boolean => {
  if (!pattern.startsWith("*.")) return pattern === host;
  const suffix = pattern.slice(1);
  const firstDot = host.indexOf(".");
  return (
    isPlainName(suffix.slice(1)) &&
    suffix.indexOf(".", 1) !== -1 &&
    host.slice(firstDot) === suffix &&
    firstDot > 0
  );
};

const normalised = (name: string): string => name.toLowerCase().replace(/\.$/, "");

const isPlainName = (name: string): boolean => /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(name);
