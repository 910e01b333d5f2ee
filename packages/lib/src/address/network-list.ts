import { type AddressBytes, addressBytes } from "./ip-address.ts";

export interface NetworkEntry {
  /** `address/prefix`; bits beyond the prefix do not count. */
  readonly network: string;
  /** Undefined: every port. */
  readonly port?: number | undefined;
}

type Ports = Set<number> | "all";
/** By prefix length, then by the bytes under it: at most 33 or 129 look-ups, however long the list. */
type FamilyTable = Map<number, Map<string, Ports>>;

/** Networks with optional ports, compiled once. */
export class NetworkList {
  readonly #v4: FamilyTable = new Map();
  readonly #v6: FamilyTable = new Map();
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
    for (const [prefix, networks] of this.#table(bytes)) {
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
    const networks = table.get(prefix) ?? new Map<string, Ports>();
    table.set(prefix, networks);
    const key = networkKey(bytes, prefix);
    const ports = networks.get(key);
    if (port === undefined || ports === "all") networks.set(key, "all");
    else networks.set(key, (ports ?? new Set()).add(port));
  }

  #table(bytes: AddressBytes): FamilyTable {
    return bytes.length === 4 ? this.#v4 : this.#v6;
  }
}

/** The first `prefix` bits as text, a character a byte. */
const networkKey = (bytes: AddressBytes, prefix: number): string => {
  let key = "";
  for (let index = 0; index << 3 < prefix; index++) {
    const kept = Math.min(8, prefix - (index << 3));
    key += String.fromCharCode(bytes[index]! & (0xff << (8 - kept)) & 0xff);
  }
  return key;
};
