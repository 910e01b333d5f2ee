import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { comparisonChart } from "./comparison-chart.ts";
import { growthChart } from "./growth-chart.ts";
import type { Result } from "./result.ts";

const folder = new URL("../../results/", import.meta.url);

/**
 * Writes `bench/results/<name>.json` and its pictures; the name is told by what was measured where none is given.
 * @returns the paths of all files.
 */
export const saveResult = (result: Result, name: string | undefined): string[] => {
  mkdirSync(folder, { recursive: true });
  const { date, commit } = result.machine;
  const file = fileURLToPath(
    new URL(`${name ?? `${date}-${commit}${result.quick ? "-quick" : ""}`}.json`, folder),
  );
  writeFileSync(file, `${JSON.stringify(result, undefined, 1)}\n`);
  return [file, ...drawCharts(result, file)];
};

/** Draws what the result has figures for, beside its file. */
export const drawCharts = (result: Result, file: string): string[] => {
  const base = file.replace(/\.json$/, "");
  const compared = result.sections.some(({ name }) => ["w1", "w2", "w3"].includes(name));
  const charts = [
    ...(compared ? [{ path: `${base}.svg`, svg: comparisonChart(result) }] : []),
    ...(result.curves.length > 0 ? [{ path: `${base}-growth.svg`, svg: growthChart(result) }] : []),
  ];
  for (const { path, svg } of charts) writeFileSync(path, svg);
  return charts.map(({ path }) => path);
};
