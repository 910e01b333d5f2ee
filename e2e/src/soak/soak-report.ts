import type { Quantity } from "./sample.ts";
import type { SoakRecord } from "./soak-record.ts";
import type { Trend, Verdict } from "./verdict.ts";

/** A run and its verdict, for a person. */
export const soakReport = (record: SoakRecord, verdict: Verdict): string => {
  const { minutes, transports, seed, machine, bytes, cores, traffic, incidents, explained } = record;
  const megabytes = (count: number): string => `${Math.round(count / 1e6)} MB`;
  const kinds = Object.entries(traffic).map(([name, { done, failed }]) => [name, `${done}`, `${failed}`]);
  const events = Object.entries(incidents).map(([name, count]) => [name, `${count}`]);
  const reasons = Object.entries(explained).map(([reason, count]) => [reason, `${count}`]);
  const peaks = Object.entries(record.peaks).map(([daemon, peak]) => `${daemon} ${megabytes(peak)}`);
  return [
    `soak: ${minutes} minutes over ${transports.join(" and ")}, seed ${seed}`,
    Object.entries(machine)
      .map(([name, value]) => `${name} ${value}`)
      .join(", "),
    `${megabytes(bytes)} verified, ${record.residents} exchanges of residents, ${cores} cores used`,
    `${record.audits} comparisons of both sides' byte counters over ${megabytes(record.auditedBytes)}`,
    `largest resident memory: ${peaks.join(", ")}`,
    "",
    ...table(["traffic", "as it should", "failed"], kinds),
    "",
    ...table(["what happened", "times"], events),
    "",
    ...table(["failures explained by", "times"], reasons),
    "",
    ...table(
      ["daemon", "quantity", "from", "to", "slope an hour (95 %)", "limit", ""],
      verdict.trends.map(rowOf),
    ),
    "",
    ...verdict.faults.map((fault) => `FAULT ${fault}`),
    verdict.good ? "verdict: good" : `verdict: bad, ${verdict.faults.length} faults`,
    "",
  ].join("\n");
};

const rowOf = ({ daemon, quantity, first, last, slope, limit, leaks }: Trend): readonly string[] => [
  daemon,
  quantity,
  written(quantity, first),
  written(quantity, last),
  `${written(quantity, slope.perHour)} ± ${written(quantity, slope.plusMinus)}`,
  written(quantity, limit),
  leaks ? "grows" : "",
];

const written = (quantity: Quantity, value: number): string =>
  !Number.isFinite(value)
    ? "none"
    : quantity === "descriptors" || quantity === "handles"
      ? value.toFixed(1)
      : `${(value / 1e6).toFixed(2)} MB`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
};
