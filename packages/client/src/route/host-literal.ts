import ipaddr from "ipaddr.js";

/** A host as rules compare it. */
export interface ComparedHost {
  /** A name in lower case, or an address in its one canonical form. */
  readonly text: string;
  /** 4 or 16 bytes where the host is an address. */
  readonly bytes: readonly number[] | undefined;
}

/** Ends in a number, decimal or hexadecimal: inet_aton and the URL standard take such a host for an IPv4 address. */
const numericEnd = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/;

/**
 * Reads a target's host. Addresses have many notations (`::1` in full, `::ffff:10.0.0.1`, `0x7f.1`): all notations
 * of one address compare equal, so that a rule cannot be walked around by another spelling.
 * @param host lower case, without trailing dot, IPv6 without brackets: as `Target` has it.
 */
export const comparedHost = (host: string): ComparedHost => {
  if (host.includes(":")) {
    if (ipaddr.IPv6.isValid(host) && !host.includes("%")) return ofAddress(ipaddr.process(host));
  } else if (numericEnd.test(host) && ipaddr.IPv4.isValid(host)) {
    return ofAddress(ipaddr.IPv4.parse(host));
  }
  return { text: host, bytes: undefined };
};

const ofAddress = (address: ipaddr.IPv4 | ipaddr.IPv6): ComparedHost => ({
  text: address.toString(),
  bytes: address.toByteArray(),
});
