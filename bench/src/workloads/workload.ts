import type { RunningChain } from "../chain.ts";
import type { Origin } from "../origin/origin.ts";

/** What one run of a workload yields; the first figure is the one that ratios are taken of. */
export interface Figures {
  readonly [name: string]: number;
}

/** One of the workloads that are compared. */
export interface Workload {
  /** `w1` … */
  readonly name: string;
  readonly title: string;
  /** Which figures are printed, with their unit; the first is compared with direct. */
  readonly columns: readonly {
    readonly key: string;
    readonly unit: string;
    readonly better: "more" | "less";
  }[];
  /** @param scale 1 for a whole run, less for a quick one. */
  run(chain: RunningChain, origin: Origin, scale: number): Promise<Figures>;
}
