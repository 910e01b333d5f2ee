import ipaddr from "ipaddr.js";

/** 4 bytes for IPv4, 16 for IPv6. */
export type AddressBytes = readonly number[];

/**
 * Reads an address in its usual notations. IPv4 in IPv6 form (`::ffff:10.0.0.1`, `::ffff:a00:1`) is that IPv4 address:
 * the kernel connects to the same host.
 * @returns undefined where it is none, or has a scope (`%lo0`).
 */
export const addressBytes = (text: string): AddressBytes | undefined => {
  if (!text.includes(":")) return dottedBytes(text);
  if (text.includes("%") || !ipaddr.IPv6.isValid(text)) return undefined;
  return ipaddr.process(text).toByteArray();
};

/** Four decimal numbers up to 255 without leading zeros. By hand: each tunnel's target is judged. */
const dottedBytes = (text: string): AddressBytes | undefined => {
  const bytes: number[] = [];
  let digits = 0;
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2e) {
      if (digits === 0 || bytes.length === 3) return undefined;
      bytes.push(value);
      digits = 0;
      value = 0;
      continue;
    }
    if (code < 0x30 || code > 0x39 || (digits > 0 && value === 0)) return undefined;
    value = value * 10 + code - 0x30;
    digits++;
    if (value > 255) return undefined;
  }
  if (digits === 0 || bytes.length < 3) return undefined;
  bytes.push(value);
  return bytes;
};

/** Ends in a number, so inet_aton and the URL standard take it for an IPv4 address. */
const numericEnd = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/;

/**
 * The IPv4 address that inet_aton(3) would make of a host: `0x7f.1`, `0177.0.0.1`, `2130706433`, `127.1`.
 * @param host in lower case. @returns undefined where it would make none.
 */
export const looseIpv4Bytes = (host: string): AddressBytes | undefined =>
  dottedBytes(host) ??
  (numericEnd.test(host) && ipaddr.IPv4.isValid(host) ? ipaddr.IPv4.parse(host).octets : undefined);

const v4At = (bytes: AddressBytes, ...places: readonly number[]): AddressBytes =>
  places.map((place) => bytes[place]!);

const startsWith = (bytes: AddressBytes, ...start: readonly number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte);

const isZero = (bytes: AddressBytes, from: number, to: number): boolean => {
  for (let index = from; index < to; index++) if (bytes[index] !== 0) return false;
  return true;
};

/**
 * The IPv4 addresses that a translator or tunnel on the way may make of an IPv6 address: whoever judges an address
 * judges these too. Mapped ones are IPv4 already ({@link addressBytes}).
 */
export const ipv4Within = (bytes: AddressBytes): readonly AddressBytes[] => {
  if (bytes.length !== 16) return [];
  const last = v4At(bytes, 12, 13, 14, 15);
  // NAT64, the well-known prefix 64:ff9b::/96 (RFC 6052).
  if (startsWith(bytes, 0, 0x64, 0xff, 0x9b) && isZero(bytes, 4, 12)) return [last];
  // NAT64, local prefixes within 64:ff9b:1::/48 (RFC 8215); RFC 6052 section 2.2 places the bytes by prefix length.
  if (startsWith(bytes, 0, 0x64, 0xff, 0x9b, 0, 1)) {
    const shorter = [v4At(bytes, 6, 7, 9, 10), v4At(bytes, 7, 9, 10, 11), v4At(bytes, 9, 10, 11, 12)];
    // Read with the wrong length, ordinary addresses begin with zeros, and nothing of 0.0.0.0/8 can be reached.
    return [last, ...shorter].filter(([first]) => first !== 0);
  }
  // 6to4, 2002::/16 (RFC 3056).
  if (startsWith(bytes, 0x20, 0x02)) return [v4At(bytes, 2, 3, 4, 5)];
  // Teredo, 2001::/32: the server, and the client with its bits turned over (RFC 4380 section 4).
  if (startsWith(bytes, 0x20, 0x01, 0, 0)) return [v4At(bytes, 4, 5, 6, 7), last.map((byte) => byte ^ 0xff)];
  // IPv4-compatible, ::/96, deprecated (RFC 4291 section 2.5.5.1); ::1 is no 0.0.0.1.
  if (isZero(bytes, 0, 12)) return last[0] === 0 ? [] : [last];
  // IPv4-translated, ::ffff:0:0:0/96 (RFC 2765).
  if (isZero(bytes, 0, 8) && bytes[8] === 0xff && bytes[9] === 0xff && isZero(bytes, 10, 12)) return [last];
  // ISATAP interface identifiers (RFC 5214 section 6.1).
  if ((bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe) return [last];
  return [];
};
