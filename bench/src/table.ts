import type { Figures, Workload } from "./workloads/workload.ts";

/** All rounds of one chain in one workload. */
export interface Row {
  readonly chain: string;
  readonly rounds: readonly Figures[];
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const figure = (value: number): string => {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(value < 10 ? 2 : 1);
};

/** On a busy machine the steadier figure: what the daemons of a chain spent on the whole workload. */
const cpuColumns = [
  { key: "clientCpuSeconds", unit: "s CPU client" },
  { key: "serverCpuSeconds", unit: "s CPU server" },
] as const;

/** A Markdown table: median, spread (least to most) and, where the chain is not direct, the ratio to direct. */
export const formatTable = (workload: Workload, rows: readonly Row[]): string => {
  const columns = [...workload.columns, ...cpuColumns];
  const baseline = rows.find((row) => row.chain === "direct");
  const head = ["chain", ...columns.map(({ unit }) => unit)];
  const lines = rows.map((row) => [
    row.chain,
    ...columns.map(({ key }) => {
      const values = row.rounds.map((round) => round[key] ?? Number.NaN);
      const middle = median(values);
      const spread =
        values.length > 1 ? ` [${figure(Math.min(...values))}–${figure(Math.max(...values))}]` : "";
      const base =
        baseline && baseline !== row ? median(baseline.rounds.map((round) => round[key] ?? Number.NaN)) : 0;
      const ratio = base > 0 ? ` (${(middle / base).toFixed(2)})` : "";
      return `${figure(middle)}${ratio}${spread}`;
    }),
  ]);
  const cells = [head, head.map(() => "---"), ...lines];
  return [`### ${workload.title}`, "", ...cells.map((line) => `| ${line.join(" | ")} |`), ""].join("\n");
};
