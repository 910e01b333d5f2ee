import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { RunningChain } from "../chain.ts";
import type { Origin } from "../origin/origin.ts";
import { runProgram } from "../run-program.ts";
import type { Workload } from "./workload.ts";

const pingLoad = fileURLToPath(new URL("../load/ping.js", import.meta.url));

const mebibyte = 1 << 20;

/** curl's arguments up to the URL. */
const curl = (chain: RunningChain): string[] => [
  "-sS",
  "-f",
  "-o",
  "/dev/null",
  ...(chain.proxy === undefined ? [] : ["-p", "-x", `http://${chain.proxy}`]),
];

/** MiB/s of this many downloads of one file at once. */
const download = async (chain: RunningChain, url: string, bytes: number, atOnce: number): Promise<number> => {
  const begin = performance.now();
  await Promise.all(Array.from({ length: atOnce }, () => runProgram("curl", [...curl(chain), url])));
  return (bytes * atOnce) / mebibyte / ((performance.now() - begin) / 1000);
};

const upload = async (chain: RunningChain, origin: Origin): Promise<number> => {
  const begin = performance.now();
  await runProgram("curl", [
    ...curl(chain),
    "-H",
    "Expect:",
    "-T",
    origin.upload,
    `http://${origin.http}/sink`,
  ]);
  return 256 / ((performance.now() - begin) / 1000);
};

/** Round trips of 100 bytes in a tunnel beside one bulk download. */
const pingBeside = async (chain: RunningChain, origin: Origin): Promise<{ p50Us: number; p99Us: number }> => {
  const args = [pingLoad, chain.proxy ?? "-", origin.echo, "1000000", "stdin"];
  const ping = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  await download(chain, `http://${origin.http}/gibibyte`, 1024 * mebibyte, 1);
  ping.stdin.end();
  return JSON.parse(await text(ping.stdout)) as { p50Us: number; p99Us: number };
};

export const w3: Workload = {
  name: "w3",
  title: "W3 bulk: 1 GiB down, 8 × 256 MiB down, 256 MiB up, and a ping beside 1 GiB down",
  columns: [
    { key: "down", unit: "MiB/s down", better: "more" },
    { key: "down8", unit: "MiB/s down, 8", better: "more" },
    { key: "up", unit: "MiB/s up", better: "more" },
    { key: "pingP50Ms", unit: "ms ping p50", better: "less" },
    { key: "pingP99Ms", unit: "ms ping p99", better: "less" },
  ],
  run: async (chain, origin, scale) => {
    const [file, bytes] = scale < 1 ? ["quarter", 256 * mebibyte] : ["gibibyte", 1024 * mebibyte];
    const down = await download(chain, `http://${origin.http}/${file}`, bytes as number, 1);
    const down8 = await download(chain, `http://${origin.http}/quarter`, 256 * mebibyte, scale < 1 ? 2 : 8);
    const up = await upload(chain, origin);
    const ping = await pingBeside(chain, origin);
    return { down, down8, up, pingP50Ms: ping.p50Us / 1000, pingP99Ms: ping.p99Us / 1000 };
  },
};
