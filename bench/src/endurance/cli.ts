// npm run bench:endurance -- [--tunnels 1000000] [--transport http2|quic]: what so many tunnels, opened, used and closed
// 200 at a time on one pair, leave behind once it is idle. Status 1 where it is not what it was.
import { readdirSync } from "node:fs";
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { numberOption, readOptions, refuse } from "@octoproxy/lib/testing/script-options";
import { makeBenchFolder } from "../bench-folder.ts";
import { stopChain } from "../chain.ts";
import { listening, startOctoproxy } from "../chains/octoproxy-pair.ts";
import type { DaemonHandle } from "../daemon-handle.ts";
import { startOrigin } from "../origin/origin.ts";
import { runProgram } from "../run-program.ts";

const script = "bench:endurance";
const atOnce = 200;
/** One run of the load generator keeps a figure for each of its tunnels. */
const batch = 100_000;
/** Of the memory before the first tunnel. */
const mostOfIdle = 1.25;
const idleWithinMs = 60_000;
const generator = fileURLToPath(new URL("../load/tunnels.js", import.meta.url));

const { values } = readOptions(script, {
  options: {
    tunnels: { type: "string", default: "1000000" },
    transport: { type: "string", default: "http2" },
  },
});
const tunnels = numberOption(script, "tunnels", values.tunnels, 1, 1e9);
const { transport } = values;
if (transport !== "http2" && transport !== "quic")
  throw refuse(script, `--transport ${transport}: it is http2 or quic`);

interface Looked {
  readonly mebibytes: number;
  readonly descriptors: number;
  readonly openTunnels: number;
}

const look = async (daemon: DaemonHandle, admin: string): Promise<Looked> => {
  const metrics = await (await fetch(`http://${admin}/metrics`)).text();
  const open = metrics.matchAll(/^octoproxy_tunnels_active(?:\{[^}]*\})? (\d+)$/gm);
  return {
    openTunnels: [...open].reduce((sum, [, count]) => sum + Number(count), 0),
    descriptors: readdirSync(`/proc/${daemon.child.pid}/fd`).length,
    mebibytes: daemon.residentBytes() / 2 ** 20,
  };
};

const isBack = (before: Looked, now: Looked): boolean =>
  now.openTunnels === 0 &&
  now.descriptors <= before.descriptors &&
  now.mebibytes <= before.mebibytes * mostOfIdle;

const words = ({ mebibytes, descriptors, openTunnels }: Looked): string =>
  `${mebibytes.toFixed(0)} MiB, ${descriptors} descriptors, ${openTunnels} tunnels`;

const folder = makeBenchFolder();
const origin = await startOrigin(folder);
const chain = await startOctoproxy(folder, { transport, admin: true });
const watched = await Promise.all(
  chain.daemons.map(async (daemon) => {
    const [, admin = ""] = await daemon.said(listening("admin"));
    await look(daemon, admin); // The first makes what serves the metrics.
    return { daemon, admin };
  }),
);
await Promise.all(chain.daemons.map((daemon) => daemon.quiet()));
const lookAtAll = () => Promise.all(watched.map(({ daemon, admin }) => look(daemon, admin)));
const before = await lookAtAll();

const startedAt = performance.now();
for (let left = tunnels; left > 0; left -= batch) {
  const args = [generator, chain.proxy ?? "", origin.http, String(Math.min(batch, left)), String(atOnce)];
  const { errors } = JSON.parse(await runProgram(process.execPath, args, 600)) as { errors: number };
  if (errors > 0) throw new Error(`${errors} tunnels failed`);
}
const seconds = (performance.now() - startedAt) / 1000;
const after = await lookAtAll();

const idleAt = performance.now();
let idle = after;
let back = false;
while (!back && performance.now() - idleAt < idleWithinMs) {
  await delay(1000);
  idle = await lookAtAll();
  back = idle.every((now, index) => isBack(before[index]!, now));
}
const waited = ((performance.now() - idleAt) / 1000).toFixed(0);
process.stdout.write(
  `${tunnels} tunnels, ${transport}, ${atOnce} at a time: ${(tunnels / seconds).toFixed(0)} a second, load ${loadavg()[0]!.toFixed(1)}\n`,
);
for (const [index, { daemon }] of watched.entries())
  process.stdout.write(
    `${daemon.side}: before ${words(before[index]!)}; right after ${words(after[index]!)}; idle for ${waited} s ${words(idle[index]!)}\n`,
  );
await stopChain(chain);
await origin.stop();
process.exit(back ? 0 : 1);
