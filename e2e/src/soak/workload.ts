import type { SeededRandom } from "./seeded-random.ts";

/** What a piece of traffic has to do with. */
export interface Surroundings {
  /** `ip:port` of the client. */
  readonly proxy: string;
  /** `ip:port` of a target at a host of its own. */
  readonly bytes: string;
  readonly web: string;
  /** The same host at a port where nothing listens. */
  readonly nobody: string;
  /** A target that neither accepts nor refuses. */
  readonly silent: string;
  readonly random: SeededRandom;
  /** Counts bytes that arrived as they should. */
  moved(bytes: number): void;
}

/**
 * One piece of traffic, from beginning to end, which checks every byte itself.
 * @throws whatever kept it from being as it should; `Untrue` for what nothing excuses.
 */
export interface Workload {
  readonly name: string;
  /** Share of the traffic. */
  readonly weight: number;
  run(around: Surroundings): Promise<void>;
}
