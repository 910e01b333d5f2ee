// Our HTTP/2 beside a plain node:http2 pair, without sockets behind the tunnels: what the framing itself costs.
// node --expose-gc bench/dist/http2-pair/cli.js [rounds] [megabytes]
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { testCertificates } from "@octoproxy/lib/transport/h2/testing/certificates";
import { describeMachine } from "../report/machine.ts";
import type { Carrier } from "./end.ts";
import { down, type Measured, pingBeside, pingPong, tunnels, up } from "./measures.ts";
import { connectNode } from "./node.ts";
import { connectOwn } from "./own.ts";

interface PeerFigures {
  readonly cpuMs: number;
  readonly heapUsed: number;
}

const [rounds = 3, megabytes = 512] = process.argv.slice(2).map(Number);
const idleTunnels = 2_000;
const tls = testCertificates();
const figuresOf = async (child: ChildProcess): Promise<PeerFigures> => {
  child.send("figures");
  const [figures] = (await once(child, "message")) as [PeerFigures];
  return figures;
};

const ownCpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const idle = async (carrier: Carrier, child: ChildProcess): Promise<Measured> => {
  const before = await figuresOf(child);
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  const ends = [];
  for (let count = 0; count < idleTunnels; count++) ends.push(await carrier.open("echo:1"));
  const after = await figuresOf(child);
  globalThis.gc?.();
  const grown = process.memoryUsage().heapUsed - heap;
  for (const end of ends) end.reset();
  return {
    "heap bytes, serving": (after.heapUsed - before.heapUsed) / idleTunnels,
    "heap bytes, opening": grown / idleTunnels,
  };
};

const scenarios: Record<string, (carrier: Carrier, child: ChildProcess) => Promise<Measured>> = {
  "one download": (carrier) => down(carrier, megabytes, 1),
  "eight downloads": (carrier) => down(carrier, megabytes, 8),
  "one upload": (carrier) => up(carrier, megabytes),
  "100 bytes to and fro": (carrier) => pingPong(carrier, 5_000),
  "the same beside a download": (carrier) => pingBeside(carrier, 1_000),
  "tunnels, 64 at a time": (carrier) => tunnels(carrier, 10_000),
  "idle tunnels": idle,
};

const results = new Map<string, number[]>();
const note = (key: string, value: number): void => {
  results.set(key, [...(results.get(key) ?? []), value]);
};

for (let round = 0; round < rounds; round++) {
  for (const kind of ["own", "node:http2"]) {
    const script = fileURLToPath(new URL("peer.js", import.meta.url));
    const child = fork(script, [kind, JSON.stringify(tls)], {
      execArgv: ["--expose-gc", "--max-semi-space-size=2"],
    });
    const [port] = (await once(child, "message")) as [number];
    const carrier = await (kind === "own" ? connectOwn(port, tls) : connectNode(port, tls));
    for (const [name, scenario] of Object.entries(scenarios)) {
      const before = (await figuresOf(child)).cpuMs + ownCpuMs();
      const measured = await scenario(carrier, child);
      const cpuMs = (await figuresOf(child)).cpuMs + ownCpuMs() - before;
      for (const [unit, value] of Object.entries(measured)) note(`${name} | ${unit} | ${kind}`, value);
      note(`${name} | CPU ms, both | ${kind}`, cpuMs);
    }
    carrier.close();
    child.disconnect();
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const print = (value: number): string => Math.round(value).toLocaleString("en");
const { cpu, cores, kernel, node: version, commit } = describeMachine();
console.log(`${cpu}, ${cores} cores, ${kernel}, Node ${version}, ${commit}; medians of ${rounds}\n`);
console.log("| | | own | node:http2 | own ÷ node |\n| --- | --- | --- | --- | --- |");
for (const [key, values] of results) {
  const [name = "", unit = "", kind] = key.split(" | ");
  if (kind !== "own") continue;
  const [own, node] = [median(values), median(results.get(`${name} | ${unit} | node:http2`) ?? [])];
  console.log(`| ${name} | ${unit} | ${print(own)} | ${print(node)} | ${(own / node).toFixed(2)} |`);
}
process.exit(0);
