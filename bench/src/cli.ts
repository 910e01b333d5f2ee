import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { BenchFolder, Chain } from "./chain.ts";
import { direct } from "./chains/direct.ts";
import { nodeHttp2 } from "./chains/node-http2.ts";
import { octoproxyHttp2 } from "./chains/octoproxy.ts";
import { describeMachine } from "./machine.ts";
import { type Origin, startOrigin } from "./origin/origin.ts";
import { formatTable, type Row } from "./table.ts";
import { w1 } from "./workloads/w1-requests.ts";
import { w2 } from "./workloads/w2-tunnels.ts";
import { w3 } from "./workloads/w3-bulk.ts";
import { w4 } from "./workloads/w4-ping.ts";
import { w5 } from "./workloads/w5-memory.ts";
import type { Figures, Workload } from "./workloads/workload.ts";

const chains: readonly Chain[] = [direct, octoproxyHttp2, nodeHttp2];
const workloads: readonly Workload[] = [w1, w2, w3, w4, w5];

const { values: options } = parseArgs({
  options: {
    scenario: { type: "string", multiple: true },
    chain: { type: "string", multiple: true },
    rounds: { type: "string", default: "3" },
    quick: { type: "boolean", default: false },
    save: { type: "string" },
  },
});
const rounds = options.quick ? 1 : Number(options.rounds);
const scale = options.quick ? 0.2 : 1;
const chosen = workloads.filter(({ name }) => options.scenario?.includes(name) ?? true);
const present = chains.filter(
  ({ name, missing }) => missing === undefined && (options.chain?.includes(name) ?? true),
);

const makeFolder = async (): Promise<BenchFolder> => {
  const path = await mkdtemp(join(tmpdir(), "octoproxy-bench-"));
  await chmod(path, 0o755); // nginx's workers are another user where its master is root
  const command = fileURLToPath(new URL("../../packages/octoproxy/bin/octoproxy.js", import.meta.url));
  const easycert = (...args: string[]): void => {
    execFileSync(process.execPath, [command, "easycert", ...args], {
      cwd: path,
      stdio: ["ignore", "ignore", "inherit"],
    });
  };
  easycert("ca", "ca", "--common-name", "bench ca", "-o", "certs");
  for (const role of ["server", "client"]) {
    const names = ["--common-name", role, "--san", "DNS:localhost", "--san", "IP:127.0.0.1"];
    easycert(
      "gen",
      role,
      ...names,
      "--cacert",
      "certs/ca.crt",
      "--cakey",
      "certs/ca.key",
      "-o",
      "certs",
      "--usage",
      role,
    );
  }
  return { path, certificate: (name) => join(path, "certs", name) };
};

/** One run in fresh processes, with the CPU time that each daemon used for it. */
const measure = async (
  chain: Chain,
  workload: Workload,
  folder: BenchFolder,
  origin: Origin,
): Promise<Figures> => {
  const running = await chain.start(folder);
  try {
    const before = running.daemons.map((daemon) => daemon.cpuSeconds());
    const figures = await workload.run(running, origin, scale);
    const cpu = running.daemons.map((daemon, index) => [
      `${daemon.name}CpuSeconds`,
      daemon.cpuSeconds() - (before[index] ?? 0),
    ]);
    return { ...figures, ...Object.fromEntries(cpu) };
  } finally {
    await running.stop();
  }
};

const folder = await makeFolder();
const origin = await startOrigin(folder.path);
const machine = describeMachine();
const results: { workload: string; rows: Row[] }[] = [];
try {
  process.stdout.write(
    `${machine.cpu}, ${machine.cores} cores, ${machine.kernel}, Node ${machine.node}, ${machine.commit}\n\n`,
  );
  for (const workload of chosen) {
    const taken = new Map<string, Figures[]>(present.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      // The order is turned round each time, so that a machine that slows down hurts everybody alike.
      for (const chain of round % 2 === 0 ? present : [...present].reverse()) {
        taken.get(chain.name)?.push(await measure(chain, workload, folder, origin));
      }
    }
    const rows = [...taken].map(([chain, figures]) => ({ chain, rounds: figures }));
    results.push({ workload: workload.name, rows });
    process.stdout.write(`${formatTable(workload, rows)}\n`);
  }
  if (options.save !== undefined) {
    await mkdir("bench/results", { recursive: true });
    const file = `bench/results/${options.save}.json`;
    await writeFile(file, `${JSON.stringify({ machine, results }, undefined, 1)}\n`);
    process.stdout.write(`written to ${file}\n`);
  }
} finally {
  await origin.stop();
  await rm(folder.path, { recursive: true, force: true });
}
