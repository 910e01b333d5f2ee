import type { Column, Workload } from "../workloads/workload.ts";
import { type Curve, median, type Row, ratioToDirect, type Section, values } from "./result.ts";

/** A number with as many digits as it is worth. */
export const formatFigure = (value: number): string => {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1);
};

/** The columns of a workload, and the steadier figure on a busy machine: what each side spent on an operation. */
export const columnsOf = ({ columns, operation }: Workload): readonly Column[] =>
  operation === undefined
    ? columns
    : [
        ...columns,
        { key: "clientCpuUs", unit: `µs CPU client ÷ ${operation}`, better: "less" },
        { key: "serverCpuUs", unit: `µs CPU server ÷ ${operation}`, better: "less" },
      ];

/** Lines of a Markdown table. */
export const markdownTable = (head: readonly string[], lines: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const cell = (section: Section, row: Row, key: string): string => {
  const all = values(row, key);
  if (all.length === 0) return "–";
  const ratio = ratioToDirect(section, row, key);
  const spread =
    all.length > 1 ? ` [${formatFigure(Math.min(...all))}–${formatFigure(Math.max(...all))}]` : "";
  return `${formatFigure(median(all))}${ratio === undefined ? "" : ` (${ratio.toFixed(2)})`}${spread}`;
};

/** Median, ratio to direct in the same run (in round brackets), spread from least to most (in square ones). */
export const formatSection = (section: Section): string => {
  const head = ["chain", ...section.columns.map(({ unit }) => unit)];
  const lines = section.rows.map((row) => [
    row.chain,
    ...section.columns.map(({ key }) => cell(section, row, key)),
  ]);
  const failures = section.rows.flatMap(({ chain, failures }) =>
    failures.map((failure) => `- ${chain} failed: ${failure.replace(/\s+/g, " ").slice(0, 300)}`),
  );
  return [
    `### ${section.title}`,
    "",
    markdownTable(head, lines),
    ...(failures.length > 0 ? ["", ...failures] : []),
  ].join("\n");
};

/** Curves that run along the same number, as one table. */
export const formatCurves = (curves: readonly Curve[]): string => {
  const groups = Map.groupBy(curves, ({ along, unit }) => `${unit}, by the number of ${along}`);
  return [...groups]
    .map(([title, group]) => {
      const sizes = [...new Set(group.flatMap(({ points }) => points.map(({ n }) => n)))].sort(
        (a, b) => a - b,
      );
      const head = ["", ...sizes.map((n) => n.toLocaleString("en-US")), "growth"];
      const lines = group.map(({ label, points, order }) => [
        label,
        ...sizes.map((n) => formatFigure(points.find((point) => point.n === n)?.value ?? Number.NaN)),
        order,
      ]);
      return `### W8 ${title}\n\n${markdownTable(head, lines)}`;
    })
    .join("\n\n");
};
