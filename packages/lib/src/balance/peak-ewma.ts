/** Time constant of finagle, linkerd and Envoy: a cost loses 63 % of itself in this time. */
const defaultTauMs = 10_000;

/**
 * Peak EWMA of durations, after finagle: a sample above the average takes its place at once, one below lowers it by
 * as much as time has passed. Without samples the average sinks, so that whoever was slow is tried again.
 */
export class PeakEwma {
  readonly #tauMs: number;
  #costMs = 0;
  #stamp = 0;
  #proven = false;

  constructor(tauMs: number = defaultTauMs) {
    this.#tauMs = tauMs;
  }

  /** Adds a sample. A `now` before the last one counts as the last one. */
  observe(durationMs: number, now: number): void {
    const keep = this.#decay(now);
    if (!this.#proven || durationMs >= this.#costMs) this.#costMs = durationMs;
    else this.#costMs = durationMs * (1 - keep) + this.#costMs * keep;
    this.#stamp = this.#proven ? Math.max(now, this.#stamp) : now;
    this.#proven = true;
  }

  /** The average decayed to `now`; undefined before the first sample. */
  at(now: number): number | undefined {
    return this.#proven ? this.#costMs * this.#decay(now) : undefined;
  }

  #decay(now: number): number {
    return Math.exp(-Math.max(0, now - this.#stamp) / this.#tauMs);
  }
}
