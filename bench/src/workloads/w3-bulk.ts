import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { RunningChain } from "../chain.ts";
import { killGroup, spawnChild } from "../children.ts";
import { type Origin, type OriginFile, originFiles } from "../origin/origin.ts";
import { runProgram } from "../run-program.ts";
import type { Workload } from "./workload.ts";

const pingLoad = fileURLToPath(new URL("../load/ping.js", import.meta.url));

/** curl's arguments up to the URL. */
const curl = (chain: RunningChain): string[] => [
  "-sS",
  "-f",
  "-o",
  "/dev/null",
  ...(chain.proxy === undefined ? [] : ["-p", "-x", `http://${chain.proxy}`]),
];

/** MiB/s of this many downloads of one file at once. */
const download = async (
  chain: RunningChain,
  origin: Origin,
  file: OriginFile,
  atOnce: number,
): Promise<number> => {
  const begin = performance.now();
  const load = [...curl(chain), `http://${origin.http}/${file}`];
  await Promise.all(Array.from({ length: atOnce }, () => runProgram("curl", load)));
  return (originFiles[file] * atOnce) / ((performance.now() - begin) / 1000);
};

const upload = async (chain: RunningChain, origin: Origin, file: OriginFile): Promise<number> => {
  const begin = performance.now();
  const load = ["-H", "Expect:", "-T", origin.file(file), `http://${origin.http}/sink`];
  await runProgram("curl", [...curl(chain), ...load]);
  return originFiles[file] / ((performance.now() - begin) / 1000);
};

/** Round trips of 100 bytes in a tunnel beside one bulk download. */
const pingBeside = async (
  chain: RunningChain,
  origin: Origin,
  file: OriginFile,
): Promise<{ p50Us: number; p99Us: number }> => {
  const args = [pingLoad, chain.proxy ?? "-", origin.echo, "1000000", "stdin"];
  const ping = spawnChild(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await download(chain, origin, file, 1);
    ping.stdin?.end();
    return JSON.parse(await text(ping.stdout as NodeJS.ReadableStream)) as { p50Us: number; p99Us: number };
  } finally {
    killGroup(ping);
  }
};

const sizes = (scale: number): { one: OriginFile; many: OriginFile } =>
  scale < 1 ? { one: "quarter", many: "sixteenth" } : { one: "gibibyte", many: "quarter" };

export const w3: Workload = {
  name: "w3",
  title: "W3 bulk: 1 GiB down, 8 × 256 MiB down, 256 MiB up twice, and a ping beside 1 GiB down",
  columns: [
    { key: "down", unit: "MiB/s down", better: "more" },
    { key: "down8", unit: "MiB/s down, 8", better: "more" },
    { key: "up", unit: "MiB/s up", better: "more" },
    { key: "firstUp", unit: "MiB/s up the first time", better: "more" },
    { key: "pingP50Ms", unit: "ms ping p50", better: "less" },
    { key: "pingP99Ms", unit: "ms ping p99", better: "less" },
  ],
  operation: "MiB",
  operations: (scale) => {
    const { one, many } = sizes(scale);
    return 2 * originFiles[one] + 8 * originFiles[many] + 2 * originFiles.quarter;
  },
  run: async (chain, origin, scale) => {
    const { one, many } = sizes(scale);
    const down = await download(chain, origin, one, 1);
    const down8 = await download(chain, origin, many, 8);
    // Half a second of work: the first time much of it is code that is not compiled yet.
    const firstUp = await upload(chain, origin, "quarter");
    const up = await upload(chain, origin, "quarter");
    const ping = await pingBeside(chain, origin, one);
    return { down, down8, up, firstUp, pingP50Ms: ping.p50Us / 1000, pingP99Ms: ping.p99Us / 1000 };
  },
};
