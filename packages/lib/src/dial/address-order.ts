import { isIPv6 } from "node:net";

/**
 * The order of attempts: families alternate, beginning with that of the first address, each in the order given
 * (RFC 8305 section 4, with a First Address Family Count of 1).
 */
export const alternateFamilies = (addresses: readonly string[]): readonly string[] => {
  if (addresses.length < 3) return addresses;
  const v6 = addresses.filter((address) => isIPv6(address));
  const v4 = addresses.filter((address) => !isIPv6(address));
  const [first, second] = isIPv6(addresses[0]!) ? [v6, v4] : [v4, v6];
  const ordered: string[] = [];
  for (let index = 0; index < Math.max(first.length, second.length); index++) {
    if (index < first.length) ordered.push(first[index]!);
    if (index < second.length) ordered.push(second[index]!);
  }
  return ordered;
};
