/** Names that are kept at once; past it the oldest goes. */
const maxNames = 4_096;
/** No answer is believed longer, whatever its TTL says. */
const maxAgeMs = 60_000;

interface Kept {
  readonly addresses: readonly string[];
  readonly until: number;
}

/** Answers of name servers, for as long as they say. Pure: the time is an argument. */
export class AddressCache {
  readonly #kept = new Map<string, Kept>();

  get size(): number {
    return this.#kept.size;
  }

  get(name: string, nowMs: number): readonly string[] | undefined {
    const kept = this.#kept.get(name);
    if (kept === undefined) return undefined;
    if (nowMs < kept.until) return kept.addresses;
    this.#kept.delete(name);
    return undefined;
  }

  /** A TTL of 0 means that the answer is for one use (RFC 1035 section 3.2.1). */
  set(name: string, addresses: readonly string[], ttlSeconds: number, nowMs: number): void {
    this.#kept.delete(name);
    if (ttlSeconds <= 0) return;
    if (this.#kept.size >= maxNames) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(name, { addresses, until: nowMs + Math.min(ttlSeconds * 1_000, maxAgeMs) });
  }

  clear(): void {
    this.#kept.clear();
  }
}
