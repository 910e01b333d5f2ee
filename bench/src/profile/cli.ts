// npm run bench:profile -- <scenario> [--transport http2|quic]: where client and server spend their time in it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeBenchFolder } from "../bench-folder.ts";
import { startOctoproxy } from "../chains/octoproxy-pair.ts";
import { parseOptions } from "../options.ts";
import { startOrigin } from "../origin/origin.ts";
import { markdownTable } from "../report/table.ts";
import { allWorkloads } from "../workloads/all-workloads.ts";
import { type CpuProfile, type ProfileSummary, type Spent, summarise } from "./stations.ts";

const [scenario, ...rest] = process.argv.slice(2);
const workload = allWorkloads.find(({ name }) => name === scenario?.toLowerCase());
if (workload === undefined) {
  process.stderr.write("npm run bench:profile -- w1|w2|w3|w4|w5 [--transport http2|quic] [--quick]\n");
  process.exit(2);
}
// Stations are folders of modules, which a bundle has none of.
process.env.OCTOPROXY_NO_BUNDLE = "1";
const { scale, transports } = parseOptions(rest);
const transport = transports[0] ?? "http2";
const folder = makeBenchFolder();
const origin = await startOrigin(folder);
const sides = ["client", "server"] as const;
const running = await startOctoproxy(folder, {
  transport,
  // With its flag of V8 there already the daemon does not begin anew, which the profiler's signal may kill.
  nodeOptions: (side) => [
    "--max-semi-space-size=2",
    "--cpu-prof",
    `--cpu-prof-dir=${join(folder.path, "profiles", side)}`,
  ],
});
const fromUs = Number(process.hrtime.bigint() / 1000n);
const figures = await workload.run(running, origin, scale);
// They write their profiles when they end in peace.
for (const daemon of running.daemons) await daemon.stop("SIGTERM");
await origin.stop();

const table = (title: string, spent: readonly Spent[], { busyUs }: ProfileSummary, count: number): string =>
  markdownTable(
    [title, "ms", "share"],
    spent
      .slice(0, count)
      .map(({ name, microseconds }) => [
        name,
        (microseconds / 1000).toFixed(0),
        `${((microseconds / busyUs) * 100).toFixed(1)} %`,
      ]),
  );

const shown = workload.columns.flatMap(({ key, unit }) => {
  const value = figures[key];
  return value === undefined ? [] : [`${Math.round(value)} ${unit}`];
});
process.stdout.write(`${workload.title}, ${transport}, under the profiler: ${shown.join(", ")}\n\n`);
for (const side of sides) {
  const path = join(folder.path, "profiles", side);
  for (const file of readdirSync(path)) {
    const summary = summarise(JSON.parse(readFileSync(join(path, file), "utf8")) as CpuProfile, fromUs);
    const busy = (summary.busyUs / 1000).toFixed(0);
    process.stdout.write(
      `## ${side}: ${busy} ms busy, ${(summary.idleUs / 1000).toFixed(0)} ms waiting\n\n${table("station", summary.stations, summary, 14)}\n\n${table("function", summary.functions, summary, 20)}\n\n`,
    );
  }
}
process.exit(0);
