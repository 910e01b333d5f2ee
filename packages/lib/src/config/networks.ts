import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * Reads a network, `address/prefix`, or a single address. Bits below the prefix are cleared; IPv4 in IPv6 form
 * becomes IPv4.
 * @returns `address/prefix`, or undefined where it is neither.
 */
export const parseNetwork = (text: string): string | undefined => {
  const [address = "", prefix, more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more !== undefined || address.includes("%")) return undefined;
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return undefined;
  const length = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
  if (length > (family === 4 ? 32 : 128)) return undefined;
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() && length >= 96) {
    return networkText(parsed.toIPv4Address(), length - 96);
  }
  return networkText(parsed, length);
};

/** Reads the address of a name server: an IP literal, with a port where it is not 53. */
export const parseDnsServer = (text: string): string | undefined => {
  if (isIP(text) !== 0) return text;
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65535) return undefined;
  return isIP(match[1] ?? match[2] ?? "") === (match[1] === undefined ? 4 : 6) ? text : undefined;
};

/** 127.0.0.0/8 and ::1. */
export const isLoopback = (host: string): boolean => ipaddr.parse(host).range() === "loopback";

const networkText = (address: ipaddr.IPv4 | ipaddr.IPv6, length: number): string => {
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.min(8, Math.max(0, length - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return `${ipaddr.fromByteArray(bytes).toString()}/${length}`;
};
