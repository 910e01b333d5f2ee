import { median, type Result, values } from "./result.ts";
import { formatFigure, markdownTable } from "./table.ts";

const loads = [
  { workload: "w1", key: "perSecond", what: "hey", unit: "requests/s" },
  { workload: "w2", key: "perSecond", what: "load/tunnels", unit: "tunnels/s" },
  { workload: "w3", key: "down", what: "curl", unit: "MiB/s down" },
  { workload: "w3", key: "up", what: "curl", unit: "MiB/s up" },
] as const;

/** What each load generator reaches with the origin alone, and with the fastest chain between: it must not be what limits. */
export const generatorTable = (result: Result): string => {
  const lines = loads.flatMap(({ workload, key, what, unit }) => {
    const section = result.sections.find(({ name }) => name === workload);
    if (section === undefined) return [];
    const medians = section.rows.map((row) => ({ chain: row.chain, value: median(values(row, key)) }));
    const direct = medians.find(({ chain }) => chain === "direct")?.value ?? Number.NaN;
    const others = medians.filter(({ chain, value }) => chain !== "direct" && Number.isFinite(value));
    const fastest = others.sort((a, b) => b.value - a.value)[0];
    if (fastest === undefined) return [];
    const headroom = `${(direct / fastest.value).toFixed(1)} ×`;
    return [
      [
        `${what}, ${unit}`,
        formatFigure(direct),
        `${formatFigure(fastest.value)} (${fastest.chain})`,
        headroom,
      ],
    ];
  });
  return markdownTable(["load generator", "straight to the origin", "fastest chain", "headroom"], lines);
};
