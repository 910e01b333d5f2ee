export interface OutlierOptions {
  /** Failures to open in a row that eject a backend. */
  readonly consecutiveFailures: number;
  /** The first ejection; the second is twice as long, and so on. */
  readonly ejectionMs: number;
  readonly longestEjectionMs: number;
  /** Share of all backends that may be out at once; at least one may, never the last that is usable. */
  readonly ejectedShare: number;
  /** How long the weight of a backend that returns takes to grow back. */
  readonly returnMs: number;
}

/** Envoy's figures, but for the share that may go: of two to ten backends its 10 % would eject nobody. */
const defaults: OutlierOptions = {
  consecutiveFailures: 5,
  ejectionMs: 30_000,
  longestEjectionMs: 300_000,
  ejectedShare: 0.1,
  returnMs: 10_000,
};

/** Steps in which weight grows back. */
const returnSteps = 10;

export interface Ejection {
  readonly backend: string;
  readonly untilMs: number;
  /** How many in a row, this one counted. */
  readonly count: number;
}

/** The others, to see whether one may go. */
export interface FleetMember {
  readonly name: string;
  /** Connected and not disabled; ejected or not. */
  readonly up: boolean;
}

interface Health {
  failures: number;
  ejections: number;
  /** End of the last ejection. */
  untilMs: number;
  returns: boolean;
}

/**
 * Takes backends out that are connected but cannot open tunnels. What breaks the connection is not its business:
 * that makes the backend `closed`, and a new connection clears it.
 */
export class OutlierPolicy {
  readonly #options: OutlierOptions;
  readonly #health = new Map<string, Health>();

  constructor(options: Partial<OutlierOptions> = {}) {
    this.#options = { ...defaults, ...options };
  }

  succeeded(name: string): void {
    const health = this.#health.get(name);
    if (health !== undefined) health.failures = 0;
  }

  /**
   * A tunnel could not be opened, and it was the backend's fault (`charged` in the table of errors).
   * @param fleet every backend. Failures of one that is not up are its connection's and do not count.
   */
  failed(name: string, now: number, fleet: readonly FleetMember[]): Ejection | undefined {
    if (!fleet.some((member) => member.name === name && member.up)) return undefined;
    const health = this.#of(name);
    if (now < health.untilMs) return undefined; // tunnels asked for before the ejection
    health.failures++;
    if (health.failures < this.#options.consecutiveFailures || !this.#mayGo(name, now, fleet))
      return undefined;
    const { ejectionMs, longestEjectionMs } = this.#options;
    // Each time as long as a first ejection without another one forgives one.
    const forgiven = health.ejections === 0 ? 0 : Math.floor((now - health.untilMs) / ejectionMs);
    health.ejections = Math.max(0, health.ejections - forgiven) + 1;
    health.untilMs = now + Math.min(longestEjectionMs, ejectionMs * health.ejections);
    health.failures = 0;
    health.returns = true;
    return { backend: name, untilMs: health.untilMs, count: health.ejections };
  }

  /** The connection broke or a new one was made: it is judged anew, and an ejection is over. Past ones are not forgotten. */
  reconnected(name: string, now: number): void {
    const health = this.#health.get(name);
    if (health === undefined) return;
    health.failures = 0;
    health.untilMs = Math.min(health.untilMs, now);
    health.returns = false;
  }

  /** End of the ejection; undefined for one that is not ejected. */
  ejectedUntil(name: string, now: number): number | undefined {
    const untilMs = this.#health.get(name)?.untilMs;
    return untilMs !== undefined && now < untilMs ? untilMs : undefined;
  }

  /** Share of its weight that a backend has: 0.1 right after an ejection, growing to 1 in steps. */
  weightShare(name: string, now: number): number {
    const health = this.#health.get(name);
    if (health === undefined || !health.returns) return 1;
    const step = Math.floor(((now - health.untilMs) / this.#options.returnMs) * returnSteps) + 1;
    return Math.max(1, Math.min(returnSteps, step)) / returnSteps;
  }

  /** When somebody's ejection ends or weight grows next; undefined where time alone changes nothing. */
  nextChange(now: number): number | undefined {
    const { returnMs } = this.#options;
    let next: number | undefined;
    for (const { untilMs, returns } of this.#health.values()) {
      if (!returns || now >= untilMs + returnMs) continue;
      const stepMs = returnMs / returnSteps;
      const at = now < untilMs ? untilMs : untilMs + stepMs * (Math.floor((now - untilMs) / stepMs) + 1);
      next = Math.min(next ?? at, at);
    }
    return next;
  }

  /** Forgets one: a user's reset. */
  forget(name: string): void {
    this.#health.delete(name);
  }

  /** Forgets all other names: a reload. */
  retain(names: ReadonlySet<string>): void {
    for (const name of this.#health.keys()) if (!names.has(name)) this.#health.delete(name);
  }

  #mayGo(name: string, now: number, fleet: readonly FleetMember[]): boolean {
    let ejected = 0;
    let usableOthers = 0;
    for (const member of fleet) {
      if (this.ejectedUntil(member.name, now) !== undefined) ejected++;
      else if (member.up && member.name !== name) usableOthers++;
    }
    const most = Math.max(1, Math.floor(fleet.length * this.#options.ejectedShare));
    return ejected < most && usableOthers > 0;
  }

  #of(name: string): Health {
    let health = this.#health.get(name);
    if (health === undefined) {
      health = { failures: 0, ejections: 0, untilMs: Number.NEGATIVE_INFINITY, returns: false };
      this.#health.set(name, health);
    }
    return health;
  }
}
