/** A counter by labels: `add("http2", "tokyo")`. The number of labels is the caller's to keep the same. */
export class CounterTable {
  readonly #counts = new Map<string, { readonly labels: readonly string[]; count: number }>();
  #sum = 0;

  add(...labels: readonly string[]): void {
    const key = labels.join("\n");
    const entry = this.#counts.get(key);
    if (entry === undefined) this.#counts.set(key, { labels, count: 1 });
    else entry.count++;
    this.#sum++;
  }

  get sum(): number {
    return this.#sum;
  }

  get entries(): Iterable<{ readonly labels: readonly string[]; readonly count: number }> {
    return this.#counts.values();
  }

  /** Counts by the second label of those whose first is this one. */
  under(first: string): Record<string, number> {
    const found: Record<string, number> = {};
    for (const { labels, count } of this.#counts.values()) {
      if (labels[0] === first && labels[1] !== undefined) found[labels[1]] = count;
    }
    return found;
  }
}
