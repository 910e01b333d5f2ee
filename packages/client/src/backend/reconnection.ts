import { BackOff, type BackOffOptions } from "./back-off-policy.ts";

/** When the next attempt to connect is made: one timer, and what is known of the last attempt. */
export class Reconnection {
  readonly #backOff: BackOff;
  readonly #connect: () => void;
  #timer: NodeJS.Timeout | undefined;
  #nextAt: number | undefined;
  #underWay = false;
  #beganAt = Number.NEGATIVE_INFINITY;
  #failedOneBeganAt = Number.NEGATIVE_INFINITY;

  /** `connect` makes an attempt, or joins the one that is under way. */
  constructor(options: BackOffOptions, connect: () => void) {
    this.#backOff = new BackOff(options);
    this.#connect = connect;
  }

  /** When the timer makes an attempt, by `performance.now()`. */
  get nextAt(): number | undefined {
    return this.#nextAt;
  }

  /** Attempts that failed since the last success. */
  get failures(): number {
    return this.#backOff.failures;
  }

  /** An attempt that began at that time or later has failed. */
  hasFailedSince(time: number): boolean {
    return this.#failedOneBeganAt >= time;
  }

  began(): void {
    this.#underWay = true;
    this.#beganAt = performance.now();
    this.#backOff.attempt(this.#beganAt);
  }

  succeeded(): void {
    this.#underWay = false;
    this.stop();
    this.#backOff.succeeded();
  }

  /** @returns false where it was the last attempt that was allowed: none follows by itself. */
  failed(): boolean {
    this.#underWay = false;
    this.#failedOneBeganAt = this.#beganAt;
    const waitMs = this.#backOff.failed(Math.random);
    if (waitMs === undefined) this.stop();
    else this.#in(waitMs);
    return waitMs !== undefined;
  }

  /** The attempt was ended from here: it says nothing. */
  abandoned(): void {
    this.#underWay = false;
  }

  /** Somebody needs it now: at once, or as soon after the last attempt as the back-off allows. */
  soon(): void {
    if (!this.#underWay) this.#in(this.#backOff.hurryIn(performance.now()));
  }

  /** A user wants it tried anew. */
  now(): void {
    this.#backOff.reset();
    this.#in(0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#nextAt = undefined;
  }

  #in(ms: number): void {
    this.stop();
    if (ms <= 0) {
      this.#connect();
      return;
    }
    this.#nextAt = performance.now() + ms;
    this.#timer = setTimeout(() => {
      this.#nextAt = undefined;
      this.#connect();
    }, ms);
  }
}
