import { loadavg } from "node:os";
import { allChains } from "./chains/all-chains.ts";
import { measureGrowth } from "./growth/w8-growth.ts";
import { interleave, startBench } from "./measure.ts";
import { type BenchOptions, parseOptions, usage, wanted } from "./options.ts";
import { describeMachine } from "./report/machine.ts";
import type { Curve, Result, Section } from "./report/result.ts";
import { saveResult } from "./report/save.ts";
import { columnsOf, formatCurves, formatSection } from "./report/table.ts";
import { allWorkloads } from "./workloads/all-workloads.ts";

const readOptions = (): BenchOptions => {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(2);
  }
};

const options = readOptions();
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const begin = performance.now();
const loadAtStart = loadavg()[0] ?? 0;
const machine = describeMachine();
say(`${machine.cpu}, ${machine.cores} cores, ${machine.kernel}, Node ${machine.node}, ${machine.commit}`);
say(`load average at the start ${loadAtStart.toFixed(2)}\n`);

const present = allChains.filter((chain) => chain.missing === undefined && wanted(chain, options));
for (const { name, missing } of allChains) if (missing !== undefined) say(`without ${name}: ${missing}`);

const bench = await startBench(options.scale, (line) =>
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`),
);
const sections: Section[] = [];
/** After each workload: who stops it keeps what was measured until then. */
const save = (curves: readonly Curve[] = []): string[] => {
  const { rounds, quick } = options;
  const minutes = (performance.now() - begin) / 60_000;
  const loadHighest = Math.max(loadAtStart, ...bench.loads);
  const result: Result = {
    machine,
    rounds,
    quick,
    loadAtStart,
    loadHighest,
    minutes,
    sections,
    curves,
  };
  return saveResult(result, options.save);
};
for (const workload of allWorkloads) {
  if (options.scenarios.length > 0 && !options.scenarios.includes(workload.name)) continue;
  const chains = present.filter(
    (chain) =>
      (chain.only?.includes(workload.name) ?? true) &&
      (workload.suits === undefined || workload.suits(chain)),
  );
  const rows = await interleave(workload, chains, options.rounds, bench);
  const section = { name: workload.name, title: workload.title, columns: columnsOf(workload), rows };
  sections.push(section);
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  say(`${formatSection(section)}\n`);
  save();
}
const growth = options.scenarios.length === 0 || options.scenarios.includes("w8");
const curves = growth ? await measureGrowth(options, bench) : [];
if (curves.length > 0) say(`${formatCurves(curves)}\n`);
await bench.origin.stop();
const files = save(curves);
say(`${((performance.now() - begin) / 60_000).toFixed(1)} minutes; written to ${files.join(", ")}`);
process.exit(0); // nothing of a chain is waited for
