import { median } from "../report/result.ts";
import type { Column, Figures } from "../workloads/workload.ts";

/** What a figure of two trees says, when they ran side by side. */
export interface Verdict {
  readonly before: number;
  readonly after: number;
  /** Median over the rounds of after ÷ before. */
  readonly ratio: number;
  /** The distance from the least to the greatest of the rounds' ratios. */
  readonly spread: number;
  readonly word: "better" | "worse" | "no difference shown";
}

/** With fewer, the spread is an accident. */
const leastRounds = 3;

/**
 * Each round is a pair measured one after the other, so what slows the machine down slows both. There is a verdict
 * only where the difference is greater than the spread of these ratios.
 */
export const judge = (column: Column, before: readonly Figures[], after: readonly Figures[]): Verdict => {
  const pairs = before
    .map((figures, index) => [figures[column.key], after[index]?.[column.key]] as const)
    .filter((pair): pair is [number, number] => pair.every((value) => Number.isFinite(value)));
  const ratios = pairs.map(([one, other]) => (one === other ? 1 : other / one));
  const ratio = median(ratios);
  const spread = Math.max(...ratios) - Math.min(...ratios);
  const shown = ratios.length >= leastRounds && Math.abs(ratio - 1) > spread;
  const good = ratio > 1 === (column.better === "more");
  return {
    before: median(pairs.map(([one]) => one)),
    after: median(pairs.map(([, other]) => other)),
    ratio,
    spread,
    word: shown ? (good ? "better" : "worse") : "no difference shown",
  };
};
