import type { Curve, Result } from "./result.ts";
import { svgDocument, svgText } from "./svg.ts";
import { formatFigure } from "./table.ts";

const size = { width: 860, columns: 2, panel: 400, plot: 150, head: 44, foot: 34, margin: 20 } as const;
const colours = ["#0969da", "#1a7f37", "#bc4c00", "#8250df", "#bf3989", "#9a6700", "#57606a"] as const;

const decades = (least: number, most: number): number[] => {
  const ticks: number[] = [];
  for (let tick = 10 ** Math.floor(Math.log10(least)); tick <= most * 1.0001; tick *= 10)
    if (tick >= least * 0.9999) ticks.push(tick);
  return ticks;
};

/** Both axes logarithmic: a straight line at 45 degrees is linear growth, a level one none. */
const drawPanel = (x: number, y: number, title: string, curves: readonly Curve[]): string => {
  const points = curves.flatMap(({ points }) => points);
  const [leastN, mostN] = [Math.min(...points.map(({ n }) => n)), Math.max(...points.map(({ n }) => n))];
  const all = points.map(({ value }) => Math.max(value, 1e-3));
  const [low, high] = [
    10 ** Math.floor(Math.log10(Math.min(...all))),
    10 ** Math.ceil(Math.log10(Math.max(...all)) + 0.001),
  ];
  const [left, right, top, bottom] = [x + 50, x + size.panel - 10, y + size.head, y + size.head + size.plot];
  const alongX = (n: number): number =>
    left + ((right - left) * Math.log(n / leastN)) / Math.max(1e-9, Math.log(mostN / leastN));
  const alongY = (value: number): number =>
    bottom - ((bottom - top) * Math.log(Math.max(value, low) / low)) / Math.log(high / low);
  const grid = [
    ...decades(low, high).map(
      (tick) =>
        `<line class="grid" x1="${left}" x2="${right}" y1="${alongY(tick).toFixed(1)}" y2="${alongY(tick).toFixed(1)}"/>${svgText(left - 6, alongY(tick) + 4, formatFigure(tick), { size: 10, anchor: "end", tone: "soft" })}`,
    ),
    ...decades(leastN, mostN).map((tick) =>
      svgText(alongX(tick), bottom + 15, tick.toLocaleString("en-US"), {
        size: 10,
        anchor: "middle",
        tone: "soft",
      }),
    ),
  ];
  const lines = curves.map(({ points }, index) => {
    const colour = colours[index % colours.length];
    const way = points.map(({ n, value }) => `${alongX(n).toFixed(1)},${alongY(value).toFixed(1)}`);
    const dots = way
      .map((place) => place.split(","))
      .map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="2.5" fill="${colour}"/>`);
    return `<polyline fill="none" stroke="${colour}" stroke-width="1.8" points="${way.join(" ")}"/>${dots.join("")}`;
  });
  const legend = curves.map(({ label, order }, index) => {
    const [column, line] = [index % 2, Math.floor(index / 2)];
    const [atX, atY] = [x + 16 + column * 196, bottom + size.foot + line * 15];
    return `<rect x="${atX}" y="${atY - 8}" width="10" height="10" rx="2" fill="${colours[index % colours.length]}"/>${svgText(atX + 15, atY + 1, order.startsWith("too few") ? label : `${label}: ${order}`, { size: 10.5 })}`;
  });
  return [svgText(x, y + 22, title, { size: 13, weight: 600 }), ...grid, ...lines, ...legend].join("\n");
};

/** One panel for each thing that there can be many of. */
export const growthChart = ({ curves, machine }: Result): string => {
  const groups = [...Map.groupBy(curves, ({ along, unit }) => `${unit}, by ${along}`)];
  const height = (group: readonly Curve[]): number =>
    size.head + size.plot + size.foot + Math.ceil(group.length / 2) * 15 + 12;
  const parts: string[] = [];
  let y = size.margin + 24;
  for (let index = 0; index < groups.length; index += size.columns) {
    const row = groups.slice(index, index + size.columns);
    for (const [column, [title, group]] of row.entries())
      parts.push(drawPanel(size.margin + column * (size.panel + size.margin), y, title, group));
    y += Math.max(...row.map(([, group]) => height(group)));
  }
  const title = "How costs grow (both axes logarithmic)";
  return svgDocument(size.width, y + 20, title, [
    svgText(size.margin, size.margin + 10, title, { size: 15, weight: 600 }),
    ...parts,
    svgText(
      size.margin,
      y + 8,
      `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.date}, ${machine.commit}`,
      {
        size: 11,
        tone: "soft",
      },
    ),
  ]);
};
