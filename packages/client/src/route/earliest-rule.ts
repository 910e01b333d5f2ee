/** Stands for "no rule": every rule comes before it. */
export const noRule = Number.POSITIVE_INFINITY;

/** The number of the first rule for one host, network or suffix, by port. */
export class EarliestRule {
  #anyPort = noRule;
  #byPort: Map<number, number> | undefined;

  add(order: number, port: number | undefined): void {
    if (port === undefined) {
      this.#anyPort = Math.min(this.#anyPort, order);
      return;
    }
    this.#byPort ??= new Map();
    this.#byPort.set(port, Math.min(this.#byPort.get(port) ?? noRule, order));
  }

  at(port: number): number {
    if (this.#byPort === undefined) return this.#anyPort;
    return Math.min(this.#anyPort, this.#byPort.get(port) ?? noRule);
  }
}

/** The entry of that key, made where there is none. */
export const entryOf = <Key>(index: Map<Key, EarliestRule>, key: Key): EarliestRule => {
  let entry = index.get(key);
  if (entry === undefined) {
    entry = new EarliestRule();
    index.set(key, entry);
  }
  return entry;
};
