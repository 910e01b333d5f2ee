import type { Column, Figures } from "../workloads/workload.ts";
import type { Machine } from "./machine.ts";

/** All rounds of one chain in one workload. */
export interface Row {
  readonly chain: string;
  readonly rounds: readonly Figures[];
  /** What went wrong in the rounds that are missing. */
  readonly failures: readonly string[];
}

/** One workload with all that took part. */
export interface Section {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** How a cost grows with a number. */
export interface Curve {
  /** What is counted along the way, such as `backends`. */
  readonly along: string;
  readonly label: string;
  /** Of `value`. */
  readonly unit: string;
  readonly points: readonly { readonly n: number; readonly value: number }[];
  /** The order of growth that fits best, in words. */
  readonly order: string;
}

/** A whole run, as it is kept in `bench/results/`. */
export interface Result {
  readonly machine: Machine;
  readonly rounds: number;
  readonly quick: boolean;
  /** Load average of one minute when it began: above 0.5 others were working beside it. */
  readonly loadAtStart: number;
  /** The highest that was seen before a run; the benchmark alone makes about 2. */
  readonly loadHighest: number;
  readonly minutes: number;
  readonly sections: readonly Section[];
  readonly curves: readonly Curve[];
}

/** Of the finite ones; NaN where there is none. */
export const median = (values: readonly number[]): number => {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** One figure of all rounds. */
export const values = (row: Row, key: string): number[] =>
  row.rounds.map((round) => round[key] ?? Number.NaN).filter(Number.isFinite);

/** The chain's median ÷ direct's in the same run; undefined without one of them. */
export const ratioToDirect = (section: Section, row: Row, key: string): number | undefined => {
  const direct = section.rows.find(({ chain }) => chain === "direct");
  if (direct === undefined || direct === row) return undefined;
  const ratio = median(values(row, key)) / median(values(direct, key));
  return Number.isFinite(ratio) && ratio > 0 ? ratio : undefined;
};
