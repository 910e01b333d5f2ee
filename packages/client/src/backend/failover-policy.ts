import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { type Attempt, AttemptList } from "./failover-attempt.ts";
import {
  type AttemptRecord,
  type FailoverBackends,
  type FailoverStep,
  type FailoverTimes,
  failoverTimes,
} from "./failover-step.ts";

/** Attempts that cost something: two may be made beside the first. A backend that declines at once costs nothing. */
const mostAttempts = 3;
/** A tick so late means that this process slept: what others did not say meanwhile is not held against them. */
const sleptMs = 500;

interface Fault {
  readonly error: ProxyError;
  readonly backend: string;
}

/**
 * Opens one tunnel through whichever backend can (`doc/protocol.md`, "Slow target or dead backend?"). It decides and
 * does nothing: the caller does what the steps say, reports what came of it, and calls `tick` at `wakeAt`.
 * A backend is asked again only over another connection (`FailoverBackends`). After `deliver` or `refuse` nothing comes but `cancel` for a tunnel that opens too late.
 */
export class Failover {
  readonly #backends: FailoverBackends;
  readonly #times: FailoverTimes;
  readonly #deadline: number;
  readonly #tried = new Set<string>();
  readonly #attempts: AttemptList;
  #steps: FailoverStep[] = [];
  #spent = 0;
  #awaitUntil: number | undefined;
  /** A target's error, kept while another attempt may still succeed. */
  #held: Fault | undefined;
  #last: Fault | undefined;
  #done = false;

  /** The deadline counts from `now`. */
  constructor(backends: FailoverBackends, now: number, times: Partial<FailoverTimes> = {}) {
    this.#backends = backends;
    this.#times = { ...failoverTimes, ...times };
    this.#deadline = now + this.#times.deadlineMs;
    this.#attempts = new AttemptList(this.#times);
  }

  /** The first steps. */
  begin(now: number): readonly FailoverStep[] {
    return this.#collect(() => this.#openNext(now));
  }

  /** When to call `tick`, on the clock of `now`; undefined once it is decided. */
  get wakeAt(): number | undefined {
    if (this.#done) return undefined;
    const at = Math.min(this.#deadline, this.#awaitUntil ?? this.#deadline);
    return Math.min(at, this.#attempts.firstDueAt(this.#mayDouble));
  }

  /** Attempts so far, in order; `now` gives the age of those that run. */
  attempts(now: number): readonly AttemptRecord[] {
    return this.#attempts.records(now);
  }

  /** The server answered that the target is connected. */
  opened(backend: string, now: number): readonly FailoverStep[] {
    const winner = this.#running(backend);
    if (winner === undefined) return [{ kind: "cancel", backend }];
    return this.#collect(() => {
      winner.endedAt = now;
      if (this.#attempts.count > 1) this.#chargeThoseWhoDidNot(winner);
      this.#cancelRunning(now);
      this.#finish({ kind: "deliver", backend });
    });
  }

  /** The attempt is over. Another backend is tried where the error's row in the table of errors allows it. */
  failed(backend: string, error: ProxyError, now: number): readonly FailoverStep[] {
    const attempt = this.#running(backend);
    if (attempt === undefined) return [];
    return this.#collect(() => {
      attempt.endedAt = now;
      attempt.code = error.code;
      if (error.traits.charged) this.#steps.push({ kind: "charge", backend, code: error.code });
      if (!error.traits.retry) {
        this.#held ??= { error, backend };
      } else {
        this.#last = { error, backend };
        if (!error.traits.charged) this.#spent--;
      }
      this.#goOn(now);
    });
  }

  /** The connection of that backend answered a ping. */
  pong(backend: string, now: number): readonly FailoverStep[] {
    const attempt = this.#running(backend);
    if (attempt?.ping !== "sent") return [];
    return this.#collect(() => {
      attempt.ping = "answered";
      this.#check(now);
    });
  }

  /** A backend came up, or the hope for one is gone. Of interest only after `await_backend`. */
  backendsChanged(now: number): readonly FailoverStep[] {
    if (this.#done || this.#awaitUntil === undefined) return [];
    return this.#collect(() => this.#openNext(now));
  }

  /** Time has passed. Calling it early or often does no harm. */
  tick(now: number): readonly FailoverStep[] {
    const wakeAt = this.wakeAt;
    if (wakeAt === undefined || now < wakeAt) return [];
    return this.#collect(() => {
      if (now - wakeAt > sleptMs) this.#attempts.excuseSilence(now);
      this.#check(now);
    });
  }

  /** The application went away. */
  giveUp(now: number): readonly FailoverStep[] {
    if (this.#done) return [];
    return this.#collect(() => {
      this.#cancelRunning(now);
      this.#done = true;
    });
  }

  #check(now: number): void {
    if (now >= this.#deadline) this.#expire(now);
    else if (this.#awaitUntil !== undefined && now >= this.#awaitUntil) this.#refuse(this.#last);
    else
      for (const attempt of this.#attempts.running) {
        if (now >= this.#attempts.dueAt(attempt, this.#mayDouble)) this.#act(attempt, now);
      }
  }

  get #mayDouble(): boolean {
    return this.#held === undefined && this.#attempts.runningCount === 1;
  }

  #act(attempt: Attempt, now: number): void {
    const { backend } = attempt;
    if (this.#done || attempt.endedAt !== undefined) return;
    if (attempt.ping === "none") {
      this.#attempts.sendPing(attempt, now);
      this.#steps.push({ kind: "ping", backend });
    } else if (attempt.ping === "sent") {
      attempt.endedAt = now;
      attempt.code = "BACKEND_TIMEOUT";
      this.#last = { error: new ProxyError("BACKEND_TIMEOUT"), backend };
      this.#steps.push({ kind: "charge", backend, code: "BACKEND_TIMEOUT" }, { kind: "gone", backend });
      this.#goOn(now, backend);
    } else {
      attempt.doubled = true;
      const other = this.#pick();
      if (other !== undefined) this.#open(other, now);
    }
  }

  /** An attempt ended without success. One that runs alone from now on may be due already, though it was not before. */
  #goOn(now: number, gone?: string): void {
    if (this.#attempts.runningCount > 0) this.#check(now);
    else if (this.#held !== undefined) this.#refuse(this.#held);
    else this.#openNext(now, gone);
  }

  #openNext(now: number, gone?: string): void {
    const backend = this.#pick();
    if (backend !== undefined) {
      this.#open(backend, now);
    } else if (this.#spent >= mostAttempts || !this.#backends.hope(this.#tried, gone)) {
      this.#refuse(this.#last);
    } else if (this.#awaitUntil === undefined) {
      this.#awaitUntil = now + this.#times.awaitBackendMs;
      this.#steps.push({ kind: "await_backend" });
    }
  }

  #pick(): string | undefined {
    return this.#spent < mostAttempts ? this.#backends.pick(this.#tried) : undefined;
  }

  #open(backend: string, now: number): void {
    this.#awaitUntil = undefined;
    this.#tried.add(backend);
    this.#spent++;
    this.#attempts.start(backend, now);
    this.#steps.push({ kind: "open", backend });
  }

  /**
   * The winner connected to the same target. One that was asked before it and is still silent, or could only say
   * that time ran out, is charged; a target that answered (refused, no such name, forbidden) is not its fault.
   */
  #chargeThoseWhoDidNot(winner: Attempt): void {
    const silent = this.#attempts.running;
    const timedOut = this.#attempts.over.filter(
      ({ code }) => code === "CONNECTION_TIMEOUT" || code === "DNS_TIMEOUT",
    );
    for (const attempt of [...silent, ...timedOut]) {
      if (!this.#attempts.isBefore(attempt, winner)) continue;
      attempt.code ??= "BACKEND_TIMEOUT";
      this.#steps.push({ kind: "charge", backend: attempt.backend, code: "BACKEND_TIMEOUT" });
    }
  }

  #expire(now: number): void {
    const { running } = this.#attempts;
    const slow = running.find(({ ping }) => ping === "answered");
    this.#cancelRunning(now);
    if (this.#held !== undefined) this.#refuse(this.#held);
    else if (slow !== undefined) {
      this.#refuse({ error: new ProxyError("CONNECTION_TIMEOUT"), backend: slow.backend });
    } else if (running[0] !== undefined) {
      this.#refuse({ error: new ProxyError("BACKEND_TIMEOUT"), backend: running[0].backend });
    } else this.#refuse(this.#last);
  }

  #cancelRunning(now: number): void {
    for (const attempt of this.#attempts.running) {
      attempt.endedAt = now;
      this.#steps.push({ kind: "cancel", backend: attempt.backend });
    }
  }

  #running(backend: string): Attempt | undefined {
    return this.#done ? undefined : this.#attempts.find(backend);
  }

  #refuse(fault: Fault | undefined): void {
    this.#finish({
      kind: "refuse",
      error: fault?.error ?? new ProxyError("NO_BACKEND"),
      backend: fault?.backend,
    });
  }

  #finish(step: FailoverStep): void {
    this.#done = true;
    this.#steps.push(step);
  }

  #collect(decide: () => void): readonly FailoverStep[] {
    this.#steps = [];
    decide();
    return this.#steps;
  }
}
