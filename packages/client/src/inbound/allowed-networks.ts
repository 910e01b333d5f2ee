import { BlockList, isIPv6 } from "node:net";

/** Judges whether an address may use the listeners. */
export type AddressJudge = (address: string) => boolean;

/**
 * The judge for `allow_from`.
 * @param networks `address/prefix`, checked already. IPv4 addresses that come mapped into IPv6 are judged as IPv4.
 */
export const allowedNetworks = (networks: readonly string[]): AddressJudge => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    list.addSubnet(address, Number(prefix), isIPv6(address) ? "ipv6" : "ipv4");
  }
  // One machine after the other opens many connections; asking the list takes 2 µs.
  let lastAddress: string | undefined;
  let lastAnswer = false;
  return (address) => {
    if (address !== lastAddress) {
      const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
      lastAnswer = list.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
      lastAddress = address;
    }
    return lastAnswer;
  };
};
