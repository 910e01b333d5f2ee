/** The algorithms, by the words of the configuration's `balance`. */
export type Algorithm =
  | "first"
  | "round_robin"
  | "random"
  | "least_loaded_time"
  | "uri_hash"
  | "least_connections"
  | "p2c";

/** Live figures of one backend. They outlive every pool that refers to them. */
export interface LoadFigures {
  /** Tunnels open now, those that wait for a reply included. */
  readonly active: number;
  /** Tunnels that wait for a reply. */
  readonly pending: number;
  /** Peak EWMA of the time that a tunnel takes to open, decayed to `now`; undefined until there is a sample. */
  costMs(now: number): number | undefined;
}

/** One backend at one moment. Everything but `load` is as it was when the pool was made. */
export interface BackendSnapshot {
  /** Its identity: whatever is remembered about a backend is remembered under its name. */
  readonly name: string;
  /** Share of the tunnels relative to the others, above 0; already lowered while a backend returns slowly. */
  readonly weight: number;
  /** It may be given new tunnels. */
  readonly up: boolean;
  /** Up, but a sign of life is awaited: `p2c` and the `least_…` algorithms take another where there is one. */
  readonly doubtful?: boolean;
  readonly load: LoadFigures;
}

/** All backends at one moment, immutable: when the state of any changes, another pool replaces this one. */
export interface BackendPool {
  /** In the order of the file. */
  readonly all: readonly BackendSnapshot[];
  /** Those that are up, in the same order. */
  readonly up: readonly BackendSnapshot[];
  /** Index in `up` by name. Good for this pool only. */
  readonly place: ReadonlyMap<string, number>;
}

/** What a choice depends on beside the pool. */
export interface PickRequest {
  /** The target's host, lower case: what `uri_hash` hashes. */
  readonly key: string;
  /** Milliseconds of a clock that never goes back, the same for every call. */
  readonly now: number;
  /** Uniform in [0, 1), like `Math.random`. */
  readonly random: () => number;
  /** Names that this request has tried already. */
  readonly exclude: ReadonlySet<string>;
}

/** One backend in an explanation. */
export interface Candidate {
  readonly name: string;
  readonly up: boolean;
  readonly excluded: boolean;
  /** What the algorithm compares, in the unit that `why` names; undefined for those that are no candidates. */
  readonly score: number | undefined;
  /** A phrase for a person. */
  readonly why: string;
}

/** What would be picked, and why. */
export interface Explanation {
  readonly algorithm: Algorithm;
  /** Undefined where nobody is left, or where the choice is drawn anew for every request. */
  readonly picked: string | undefined;
  /** A sentence without its full stop. */
  readonly reason: string;
  /** Every backend, in the order of the file. */
  readonly candidates: readonly Candidate[];
}

/**
 * Chooses a backend. Synchronous; what it remembers is keyed by name and survives another pool.
 * Whoever is picked is up and not excluded; somebody is picked whenever there is such a one.
 */
export interface Picker {
  readonly algorithm: Algorithm;
  pick(pool: BackendPool, request: PickRequest): BackendSnapshot | undefined;
  /** Says what `pick` would do, without doing it: nothing remembered changes, `random` is not called. */
  explain(pool: BackendPool, request: PickRequest): Explanation;
}
