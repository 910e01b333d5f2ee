// What WebTransport costs as a pipe under our HTTP/2, and what the package's own streams do: loopback, HTTP/2 mode.
// node --expose-gc bench/dist/webtransport/cli.js [rounds] [megabytes]
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { testCertificates } from "@octoproxy/lib/transport/h2/testing/certificates";
import type { Carrier } from "../http2-pair/end.ts";
import { down, type Measured, pingPong, tunnels, up } from "../http2-pair/measures.ts";
import { connectNode } from "../http2-pair/node.ts";
import { connectOwn, type Material } from "../http2-pair/own.ts";
import { describeMachine } from "../report/machine.ts";
import { connectBare } from "./bare.ts";
import { connectPipe } from "./pipe.ts";
import type { UnreadCarrier } from "./unread-carrier.ts";

const [rounds = 3, megabytes = 256] = process.argv.slice(2).map(Number);
const tls = testCertificates();
/** How long nobody reads. */
const unreadMs = 2_000;
/** The package's own streams do not always come to an end. */
const patienceMs = 20_000;

const kinds: Record<string, (port: number, tls: Material) => Promise<Carrier>> = {
  TCP: connectOwn,
  "pipe over WebTransport": connectPipe,
  "the package's streams": connectBare,
  "node:http2": connectNode,
};

/** Nobody reads from a tunnel whose other side writes without end: what piles up in both processes. */
const unread = async (carrier: Carrier, child: ChildProcess): Promise<Measured> => {
  if (!("openUnread" in carrier)) return {};
  const before = await memoryOf(child);
  globalThis.gc?.();
  const rss = process.memoryUsage.rss();
  await (carrier as UnreadCarrier).openUnread(`source:${1e12}`);
  await sleep(unreadMs);
  const { peak } = await memoryOf(child);
  return {
    "MiB grown, reading": (process.memoryUsage.rss() - rss) / 2 ** 20,
    "MiB grown, writing": (peak - before.rss) / 2 ** 20,
  };
};

const memoryOf = async (child: ChildProcess): Promise<{ rss: number; peak: number }> => {
  child.send("memory");
  return ((await once(child, "message")) as [{ rss: number; peak: number }])[0];
};

const scenarios: Record<string, (carrier: Carrier, child: ChildProcess) => Promise<Measured>> = {
  "one download": (carrier) => down(carrier, megabytes, 1),
  "one upload": (carrier) => up(carrier, megabytes),
  "100 bytes to and fro": (carrier) => pingPong(carrier, 3_000),
  "tunnels, 64 at a time": (carrier) => tunnels(carrier, 10_000),
  "nobody reads for 2 s": unread,
};

const results = new Map<string, number[]>();
const note = (key: string, value: number): void => {
  results.set(key, [...(results.get(key) ?? []), value]);
};

const late = async (): Promise<Measured> => {
  await sleep(patienceMs, undefined, { ref: false });
  return { "did not end, times": 1 };
};

/** In a pair of its own: what a scenario leaves behind is not the next one's. */
const run = async (
  kind: string,
  connect: (port: number, tls: Material) => Promise<Carrier>,
  name: string,
) => {
  const script = fileURLToPath(new URL("peer.js", import.meta.url));
  const child = fork(script, [kind, JSON.stringify(tls)], { execArgv: ["--expose-gc"] });
  const [port] = (await once(child, "message")) as [number];
  const started = performance.now();
  const carrier = await connect(port, tls);
  note(`connecting | ms | ${kind}`, performance.now() - started);
  const measured = await Promise.race([scenarios[name]?.(carrier, child), late()]);
  for (const [unit, value] of Object.entries(measured ?? {})) note(`${name} | ${unit} | ${kind}`, value);
  carrier.close();
  child.kill("SIGKILL");
};

for (let round = 0; round < rounds; round++) {
  for (const [kind, connect] of Object.entries(kinds)) {
    for (const name of Object.keys(scenarios)) await run(kind, connect, name);
  }
}

const median = (values: readonly number[]): number | undefined =>
  [...values].sort((a, b) => a - b)[values.length >> 1];
const print = (value: number | undefined): string =>
  value === undefined ? "none" : Math.round(value).toLocaleString("en");
const { cpu, cores, kernel, node: version, commit } = describeMachine();
const names = Object.keys(kinds);
process.stdout.write(
  `${cpu}, ${cores} cores, ${kernel}, Node ${version}, ${commit}; medians of ${rounds}\n\n| | | ${names.join(" | ")} |\n| --- | --- |${" --- |".repeat(names.length)}\n`,
);
for (const row of new Set([...results.keys()].map((key) => key.slice(0, key.lastIndexOf(" | "))))) {
  const cells = names.map((name) => print(median(results.get(`${row} | ${name}`) ?? [])));
  process.stdout.write(`| ${row} | ${cells.join(" | ")} |\n`);
}
process.exit(0);
