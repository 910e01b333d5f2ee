import { type EarliestRule, entryOf, noRule } from "./earliest-rule.ts";

/** Networks of one address family: a hash per prefix length that occurs, so at most 33 or 129 look-ups. */
class FamilyIndex {
  readonly #byPrefix = new Map<number, Map<string, EarliestRule>>();

  add(bytes: readonly number[], prefix: number, order: number, port: number | undefined): void {
    let networks = this.#byPrefix.get(prefix);
    if (networks === undefined) {
      networks = new Map();
      this.#byPrefix.set(prefix, networks);
    }
    entryOf(networks, networkKey(bytes, prefix)).add(order, port);
  }

  earliest(bytes: readonly number[], port: number): number {
    let earliest = noRule;
    for (const [prefix, networks] of this.#byPrefix) {
      earliest = Math.min(earliest, networks.get(networkKey(bytes, prefix))?.at(port) ?? noRule);
    }
    return earliest;
  }
}

/** The rules whose key is a network. */
export class NetworkIndex {
  readonly #v4 = new FamilyIndex();
  readonly #v6 = new FamilyIndex();

  /** Bits of `bytes` beyond the prefix are ignored. */
  add(bytes: readonly number[], prefix: number, order: number, port: number | undefined): void {
    this.#family(bytes).add(bytes, prefix, order, port);
  }

  /** The first rule whose network holds the address. */
  earliest(bytes: readonly number[], port: number): number {
    return this.#family(bytes).earliest(bytes, port);
  }

  #family(bytes: readonly number[]): FamilyIndex {
    return bytes.length === 4 ? this.#v4 : this.#v6;
  }
}

/** The first `prefix` bits as text, a character a byte. */
const networkKey = (bytes: readonly number[], prefix: number): string => {
  const whole = prefix >> 3;
  const rest = prefix & 7;
  const kept = bytes.slice(0, whole);
  if (rest > 0) kept.push(bytes[whole]! & (0xff << (8 - rest)) & 0xff);
  return String.fromCharCode(...kept);
};
