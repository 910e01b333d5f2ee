import type { Sample } from "./sample.ts";
import type { Tally } from "./traffic.ts";

/** Everything that a run has to say, as it stands in its JSON. */
export interface SoakRecord {
  readonly seed: number;
  readonly transports: readonly string[];
  /** As long as it ran. */
  readonly minutes: number;
  readonly machine: Readonly<Record<string, string | number>>;
  /** Verified bytes. */
  readonly bytes: number;
  /** Of the processor time of one core, on average. */
  readonly cores: number;
  readonly traffic: Readonly<Record<string, Tally>>;
  /** How often each thing happened. */
  readonly incidents: Readonly<Record<string, number>>;
  /** Failures that the run itself caused, by reason. */
  readonly explained: Readonly<Record<string, number>>;
  /** Whatever was wrong: there should be nothing. */
  readonly faults: readonly string[];
  /** Comparisons of both sides' byte counters. */
  readonly audits: number;
  readonly auditedBytes: number;
  /** Exchanges of the tunnels that stood for the whole run. */
  readonly residents: number;
  /** Largest resident memory seen, by daemon. Bytes. */
  readonly peaks: Readonly<Record<string, number>>;
  readonly samples: readonly Sample[];
}
