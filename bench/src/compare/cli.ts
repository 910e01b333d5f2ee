// npm run bench:compare -- <commit> [options of bench]: this tree against another one, side by side.
import type { Chain } from "../chain.ts";
import { startOctoproxy } from "../chains/octoproxy-pair.ts";
import { interleave, startBench } from "../measure.ts";
import { parseOptions } from "../options.ts";
import { describeMachine } from "../report/machine.ts";
import { columnsOf, formatFigure, markdownTable } from "../report/table.ts";
import { allWorkloads } from "../workloads/all-workloads.ts";
import { buildTree } from "./built-tree.ts";
import { judge } from "./verdict.ts";

const usage =
  "npm run bench:compare -- <commit> [--scenario w1[,w2…]] [--transport http2|quic] [--rounds N] [--quick]\n";

const fail = (sentence: string): never => {
  process.stderr.write(`${sentence}\n\n${usage}`);
  process.exit(2);
};

const [commit = "", ...rest] = process.argv.slice(2);
if (commit === "" || commit.startsWith("-")) fail("which commit is this tree compared with?");
const attempt = <T>(work: () => T, sentence: (error: Error) => string): T => {
  try {
    return work();
  } catch (error) {
    return fail(sentence(error as Error));
  }
};
const options = attempt(
  () =>
    parseOptions(rest.includes("--rounds") || rest.includes("--quick") ? rest : [...rest, "--rounds", "5"]),
  ({ message }) => message,
);
const before = attempt(
  () => buildTree(commit),
  ({ message }) => `${commit}: ${message}`,
);
const after = describeMachine();
const transport = options.transports[0] ?? "http2";
const beforeName = `before (${before.commit})`;
const afterName = `after (${after.commit})`;
const tree = (name: string, command?: string): Chain => ({
  name,
  transport,
  missing: undefined,
  start: (folder) => startOctoproxy(folder, { transport, ...(command !== undefined && { command }) }),
});
const pair = [tree(beforeName, before.command), tree(afterName)];

const bench = await startBench(options.scale, (line) => process.stderr.write(`${line}\n`));
process.stdout.write(`${after.cpu}, ${after.cores} cores, Node ${after.node}, ${transport}\n\n`);
for (const workload of allWorkloads) {
  if (options.scenarios.length > 0 && !options.scenarios.includes(workload.name)) continue;
  if (workload.name === "w7") continue; // its chain is another one
  const [first, second] = await interleave(workload, pair, options.quick ? 3 : options.rounds, bench);
  const failures = [...(first?.failures ?? []), ...(second?.failures ?? [])];
  const lines = columnsOf(workload).map((column) => {
    const verdict = judge(column, first?.rounds ?? [], second?.rounds ?? []);
    return [
      column.unit,
      formatFigure(verdict.before),
      formatFigure(verdict.after),
      `× ${verdict.ratio.toFixed(2)}, spread ${verdict.spread.toFixed(2)}`,
      verdict.word,
    ];
  });
  const table = markdownTable(["", beforeName, afterName, "after ÷ before", "verdict"], lines);
  process.stdout.write(
    `### ${workload.title}\n\n${table}\n${failures.map((line) => `\n${line}`).join("")}\n`,
  );
}
await bench.origin.stop();
before.remove();
process.exit(0);
