import type { Chain, RunningChain } from "../chain.ts";
import type { Origin } from "../origin/origin.ts";

/** What one run of a workload yields. */
export interface Figures {
  readonly [name: string]: number;
}

/** A figure that is printed. */
export interface Column {
  readonly key: string;
  readonly unit: string;
  readonly better: "more" | "less";
}

/** One of the workloads that are compared. */
export interface Workload {
  /** `w1` … */
  readonly name: string;
  readonly title: string;
  /** Which figures are printed, with their unit; the first is compared with direct. */
  readonly columns: readonly Column[];
  /** Operations in one run, where CPU per operation makes sense: see `unit`. */
  operations?(scale: number): number;
  /** What an operation is called. */
  readonly operation?: string;
  /**
   * Whether it is played twice in the same processes. The second time is what is told, with the first one's rate beside
   * it as `firstPerSecond`: daemons run for months, and a runtime that compiles as it goes is slow in its first second.
   */
  readonly twice?: true;
  /** Whether it says anything of this chain; default all that are not restricted to others. */
  suits?(chain: Chain): boolean;
  /** @param scale 1 for a whole run, less for a quick one. */
  run(chain: RunningChain, origin: Origin, scale: number): Promise<Figures>;
}
