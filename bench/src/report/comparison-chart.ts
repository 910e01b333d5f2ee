import { median, type Result, ratioToDirect, type Section, values } from "./result.ts";
import { svgDocument, svgText } from "./svg.ts";
import { formatFigure } from "./table.ts";

/** What a stranger wants to compare: a panel each. */
const panels = [
  { workload: "w1", key: "perSecond", title: "Plain HTTP requests", unit: "requests/s" },
  { workload: "w2", key: "perSecond", title: "Tunnels opened, used, closed", unit: "tunnels/s" },
  { workload: "w3", key: "down", title: "One download", unit: "MiB/s" },
  { workload: "w3", key: "up", title: "One upload", unit: "MiB/s" },
] as const;

const size = { width: 860, panel: 400, labels: 160, bar: 17, gap: 7, head: 54, margin: 20 } as const;

interface Bar {
  readonly chain: string;
  readonly value: number;
  /** Of direct. */
  readonly ratio: number;
}

const barsOf = (section: Section, key: string): Bar[] =>
  section.rows
    .map((row) => ({
      chain: row.chain,
      value: median(values(row, key)),
      ratio: ratioToDirect(section, row, key) ?? Number.NaN,
    }))
    .filter(({ ratio }) => Number.isFinite(ratio))
    .sort((a, b) => b.ratio - a.ratio);

const panelHeight = (bars: readonly Bar[]): number => size.head + bars.length * (size.bar + size.gap);

const drawPanel = (
  x: number,
  y: number,
  { title, unit }: (typeof panels)[number],
  bars: readonly Bar[],
): string => {
  const room = size.panel - size.labels - 92;
  const most = Math.max(...bars.map(({ ratio }) => ratio));
  const lines = bars.map(({ chain, value, ratio }, index) => {
    const top = y + size.head - 14 + index * (size.bar + size.gap);
    const width = (room * ratio) / most;
    const tone = chain.startsWith("octoproxy http2")
      ? "own"
      : chain.startsWith("octoproxy")
        ? "second"
        : "other";
    const weight = tone === "other" ? 400 : 600;
    return [
      svgText(x + size.labels - 8, top + 13, chain, { anchor: "end", weight }),
      `<rect class="${tone}" x="${x + size.labels}" y="${top}" width="${width.toFixed(1)}" height="${size.bar}" rx="2"/>`,
      svgText(
        x + size.labels + width + 6,
        top + 13,
        `${formatFigure(Math.round(value))} (${Math.round(ratio * 100)} %)`,
        { size: 11, tone: "soft" },
      ),
    ].join("\n");
  });
  return [svgText(x, y + 22, `${title}, ${unit}`, { size: 14, weight: 600 }), ...lines].join("\n");
};

/** Bars of octoproxy and of every peer, with their share of what the load generator reaches without any proxy. */
export const comparisonChart = (result: Result): string => {
  const drawn = panels.flatMap((panel) => {
    const section = result.sections.find(({ name }) => name === panel.workload);
    const bars = section === undefined ? [] : barsOf(section, panel.key);
    return bars.length === 0 ? [] : [{ panel, bars }];
  });
  const parts: string[] = [];
  let y = size.margin + 30;
  for (let index = 0; index < drawn.length; index += 2) {
    const row = drawn.slice(index, index + 2);
    for (const [column, { panel, bars }] of row.entries())
      parts.push(drawPanel(size.margin + column * (size.panel + size.margin), y, panel, bars));
    y += Math.max(...row.map(({ bars }) => panelHeight(bars)));
  }
  const { machine, rounds } = result;
  const source = `Medians of ${rounds} interleaved rounds, one run; in brackets the share of the same load without a proxy. Everything on one machine:`;
  const place = `${machine.cpu}, ${machine.cores} cores, ${machine.kernel.split("-")[0]}, Node ${machine.node}, ${machine.date}, ${machine.commit}`;
  const title = "Application → client → mutual TLS → server → target: more is better";
  return svgDocument(size.width, y + 34, title, [
    svgText(size.margin, size.margin + 10, title, { size: 15, weight: 600 }),
    ...parts,
    svgText(size.margin, y + 6, source, { size: 11, tone: "soft" }),
    svgText(size.margin, y + 22, place, { size: 11, tone: "soft" }),
  ]);
};
