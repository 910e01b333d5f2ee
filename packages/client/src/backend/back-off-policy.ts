/** gRPC's factor and jitter; it begins lower, because a user waits. */
const firstMs = 500;
const factor = 1.6;
const jitter = 0.2;
/** A cap below this counts as this: no configuration makes a hot loop. */
const leastCapMs = 100;
/** How soon after an attempt began a user's need, or the loss of what it made, may begin the next. */
const hurryMs = 500;

export interface BackOffOptions {
  /** No wait is longer (`retry_timeout`). */
  readonly capMs: number;
  /** Attempts in a row that may fail before the backend is given up; 0 is no end (`max_retries`). */
  readonly maxRetries: number;
}

/**
 * When to try a backend again: after 0.5 s, then 1.6 times as long each time, ± 20 %, never longer than the cap.
 * Waits of many clients drift apart, at the cap too.
 */
export class BackOff {
  readonly #capMs: number;
  readonly #maxRetries: number;
  #failures = 0;
  #lastAttempt = Number.NEGATIVE_INFINITY;

  constructor({ capMs, maxRetries }: BackOffOptions) {
    this.#capMs = Math.max(leastCapMs, capMs);
    this.#maxRetries = maxRetries;
  }

  /** Attempts that failed since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** An attempt begins, whoever wanted it. */
  attempt(now: number): void {
    this.#lastAttempt = now;
  }

  /**
   * The attempt failed.
   * @returns milliseconds to wait before the next; undefined when it is the last one that was allowed.
   */
  failed(random: () => number): number | undefined {
    this.#failures++;
    if (this.#maxRetries > 0 && this.#failures >= this.#maxRetries) return undefined;
    const plain = Math.min(this.#capMs, firstMs * factor ** (this.#failures - 1));
    const least = plain * (1 - jitter);
    const most = Math.min(this.#capMs, plain * (1 + jitter));
    return least + (most - least) * random();
  }

  /** A user needs a backend and none is up: milliseconds until an attempt may begin, instead of after the wait. */
  hurryIn(now: number): number {
    return Math.max(0, this.#lastAttempt + hurryMs - now);
  }

  /** A connection is made. Where it breaks at once the next attempt still keeps its distance (`hurryIn`). */
  succeeded(): void {
    this.#failures = 0;
  }

  /** A user reset the backend. */
  reset(): void {
    this.#failures = 0;
    this.#lastAttempt = Number.NEGATIVE_INFINITY;
  }
}
