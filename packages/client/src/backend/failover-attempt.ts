import type { ErrorCode } from "@octoproxy/lib/error/codes";
import type { AttemptRecord, FailoverTimes } from "./failover-step.ts";

/** One backend that was asked for the tunnel. */
export interface Attempt {
  readonly backend: string;
  readonly startedAt: number;
  /** Undefined while it runs. */
  endedAt: number | undefined;
  code: ErrorCode | undefined;
  ping: "none" | "sent" | "answered";
  /** When silence of the ping means that the backend is gone. */
  pongBy: number;
  /** It was slow, and another one was tried beside it, or would have been if there were one. */
  doubled: boolean;
}

/** The attempts of one request, in order. */
export class AttemptList {
  readonly #times: FailoverTimes;
  readonly #all: Attempt[] = [];

  constructor(times: FailoverTimes) {
    this.#times = times;
  }

  get running(): readonly Attempt[] {
    return this.#all.filter(({ endedAt }) => endedAt === undefined);
  }

  get count(): number {
    return this.#all.length;
  }

  /** How many run. */
  get runningCount(): number {
    let count = 0;
    for (const { endedAt } of this.#all) if (endedAt === undefined) count++;
    return count;
  }

  /** When something is to be done about the first of those that run, see {@link dueAt}. */
  firstDueAt(mayDouble: boolean): number {
    let first = Number.POSITIVE_INFINITY;
    for (const attempt of this.#all) {
      if (attempt.endedAt === undefined) first = Math.min(first, this.dueAt(attempt, mayDouble));
    }
    return first;
  }

  get over(): readonly Attempt[] {
    return this.#all.filter(({ endedAt }) => endedAt !== undefined);
  }

  find(backend: string): Attempt | undefined {
    return this.#all.find((attempt) => attempt.endedAt === undefined && attempt.backend === backend);
  }

  start(backend: string, now: number): void {
    this.#all.push({
      backend,
      startedAt: now,
      endedAt: undefined,
      code: undefined,
      ping: "none",
      pongBy: 0,
      doubled: false,
    });
  }

  isBefore(one: Attempt, other: Attempt): boolean {
    return this.#all.indexOf(one) < this.#all.indexOf(other);
  }

  sendPing(attempt: Attempt, now: number): void {
    attempt.ping = "sent";
    attempt.pongBy = now + this.#times.pongWithinMs;
  }

  /** This process slept: answers may lie unread, so pings get their time anew. */
  excuseSilence(now: number): void {
    for (const attempt of this.running) if (attempt.ping === "sent") this.sendPing(attempt, now);
  }

  /**
   * When something is to be done about a running attempt: a ping, its end, or another beside it where `mayDouble`.
   * Infinite where only the deadline is left.
   */
  dueAt({ ping, startedAt, pongBy, doubled }: Attempt, mayDouble: boolean): number {
    if (ping === "none") return startedAt + this.#times.pingAfterMs;
    if (ping === "sent") return pongBy;
    return doubled || !mayDouble ? Number.POSITIVE_INFINITY : startedAt + this.#times.parallelAfterMs;
  }

  records(now: number): readonly AttemptRecord[] {
    return this.#all.map(({ backend, code, startedAt, endedAt }) => ({
      backend,
      code,
      ms: (endedAt ?? now) - startedAt,
    }));
  }
}
