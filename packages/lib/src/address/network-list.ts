import { type AddressBytes, addressBytes } from "./ip-address.ts";

export interface NetworkEntry {
  /** `address/prefix`; bits beyond the prefix do not count. */
  readonly network: string;
  /** Undefined: every port. */
  readonly port?: number | undefined;
}

type Ports = Set<number> | "all";
/** The networks of one prefix length, by the bytes under it. */
interface PrefixTable {
  readonly prefix: number;
  readonly networks: Map<NetworkKey, Ports>;
}
/** At most 33 or 129 look-ups, however long the list. */
type FamilyTable = PrefixTable[];
type NetworkKey = number | string;

/** Networks with optional ports, compiled once. */
export class NetworkList {
  readonly #v4: FamilyTable = [];
  readonly #v6: FamilyTable = [];
  /** Entries that it was made of. */
  readonly size: number;

  /** @throws Error where an entry is no network: the configuration has checked them. */
  constructor(entries: readonly NetworkEntry[]) {
    this.size = entries.length;
    for (const entry of entries) this.#add(entry);
  }

  /** @param bytes as `addressBytes` reads them: mapped IPv4 is IPv4. */
  covers(bytes: AddressBytes, port: number): boolean {
    if (this.size === 0) return false;
    for (const { prefix, networks } of this.#table(bytes)) {
      const ports = networks.get(networkKey(bytes, prefix));
      if (ports !== undefined && (ports === "all" || ports.has(port))) return true;
    }
    return false;
  }

  #add({ network, port }: NetworkEntry): void {
    const slash = network.lastIndexOf("/");
    const bytes = addressBytes(network.slice(0, slash));
    const prefix = Number(network.slice(slash + 1));
    if (bytes === undefined || !(prefix >= 0 && prefix <= bytes.length * 8)) {
      throw new Error(`"${network}" is not address/prefix`);
    }
    const table = this.#table(bytes);
    let networks = table.find((one) => one.prefix === prefix)?.networks;
    if (networks === undefined) {
      networks = new Map();
      table.push({ prefix, networks });
    }
    const key = networkKey(bytes, prefix);
    const ports = networks.get(key);
    if (port === undefined || ports === "all") networks.set(key, "all");
    else networks.set(key, (ports ?? new Set()).add(port));
  }

  #table(bytes: AddressBytes): FamilyTable {
    return bytes.length === 4 ? this.#v4 : this.#v6;
  }
}

/** The first `prefix` bits: of IPv4 as a number, of IPv6 as text, a character a byte. */
const networkKey = (bytes: AddressBytes, prefix: number): NetworkKey => {
  if (bytes.length === 4) {
    const bits = (bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!;
    return prefix === 0 ? 0 : bits & (-1 << (32 - prefix));
  }
  let key = "";
  for (let index = 0; index << 3 < prefix; index++) {
    const kept = Math.min(8, prefix - (index << 3));
    key += String.fromCharCode(bytes[index]! & (0xff << (8 - kept)) & 0xff);
  }
  return key;
};
