import { networkInterfaces } from "node:os";
import { type AddressBytes, addressBytes } from "@octoproxy/lib/address/ip-address";
import { parseTarget } from "@octoproxy/lib/address/target";

/** Every address of this machine. */
const machineAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));

/**
 * Whether an address and port are one of the server's own listeners; a listener on every address (`0.0.0.0`, `::`) is
 * at each address of the machine and on the whole of 127.0.0.0/8. The machine is asked anew each time, since
 * addresses come and go, but only where the port fits, which is rare.
 * @param bound `ip:port` of each listener.
 */
export const isOwnListener = (
  bound: readonly string[],
  bytes: AddressBytes,
  port: number,
  addresses: () => readonly string[] = machineAddresses,
): boolean => {
  for (const listener of bound) {
    const at = listener.lastIndexOf(":");
    if (Number(listener.slice(at + 1)) !== port) continue;
    const own = addressBytes(parseTarget(listener).host);
    if (own === undefined) continue;
    if (same(own, bytes)) return true;
    if (own.every((byte) => byte === 0) && isHere(bytes, addresses)) return true;
  }
  return false;
};

const isHere = (bytes: AddressBytes, addresses: () => readonly string[]): boolean => {
  if (bytes.length === 4 && bytes[0] === 127) return true;
  return addresses().some((address) => {
    // Link-local ones have a scope; they are denied as such.
    const here = addressBytes(address);
    return here !== undefined && same(here, bytes);
  });
};

const same = (one: AddressBytes, other: AddressBytes): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index]);
