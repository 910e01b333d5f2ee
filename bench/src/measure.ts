import { loadavg } from "node:os";
import { type BenchFolder, makeBenchFolder } from "./bench-folder.ts";
import { type Chain, type RunningChain, stopChain } from "./chain.ts";
import { verifyClientCertificate } from "./client-certificate.ts";
import type { Side } from "./daemon-handle.ts";
import { type Origin, startOrigin } from "./origin/origin.ts";
import type { Row } from "./report/result.ts";
import type { Figures, Workload } from "./workloads/workload.ts";

/** What every run stands on. */
export interface Bench {
  readonly folder: BenchFolder;
  readonly origin: Origin;
  readonly scale: number;
  /** Load averages of one minute before each run so far. */
  readonly loads: number[];
  /** Told what is going on, for somebody who waits. */
  readonly progress: (line: string) => void;
}

/** A folder and an origin, and nothing measured yet. */
export const startBench = async (scale: number, progress: (line: string) => void): Promise<Bench> => {
  const folder = makeBenchFolder();
  return { folder, origin: await startOrigin(folder), scale, loads: [], progress };
};

const verified = new Set<string>();

/** Starts the chain; the first time it has to show that it lets nobody in without a certificate. */
export const startVerified = async (chain: Chain, { folder, origin }: Bench): Promise<RunningChain> => {
  const running = await chain.start(folder, origin);
  if (running.secured === undefined || verified.has(chain.name)) return running;
  try {
    await verifyClientCertificate(running.secured, folder, origin.http);
  } catch (error) {
    await stopChain(running);
    throw error;
  }
  verified.add(chain.name);
  return running;
};

const cpuOf = (running: RunningChain, side: Side): number =>
  running.daemons.reduce((sum, daemon) => sum + (daemon.side === side ? daemon.cpuSeconds() : 0), 0);

/** What failed the first time is not forgotten. */
const withFirst = (figures: Figures, first: Figures | undefined): Figures =>
  first === undefined
    ? figures
    : {
        ...figures,
        firstPerSecond: first.perSecond ?? Number.NaN,
        errors: (figures.errors ?? 0) + (first.errors ?? 0),
      };

/** One run in fresh processes, with the CPU time in microseconds that each side used for an operation. */
export const measure = async (chain: Chain, workload: Workload, bench: Bench): Promise<Figures> => {
  const running = await startVerified(chain, bench);
  try {
    const first = workload.twice ? await workload.run(running, bench.origin, bench.scale) : undefined;
    const before = [cpuOf(running, "client"), cpuOf(running, "server")] as const;
    const figures = withFirst(await workload.run(running, bench.origin, bench.scale), first);
    const operations = workload.operations?.(bench.scale);
    if (operations === undefined || running.daemons.length === 0) return figures;
    return {
      ...figures,
      clientCpuUs: ((cpuOf(running, "client") - before[0]) / operations) * 1e6,
      serverCpuUs: ((cpuOf(running, "server") - before[1]) / operations) * 1e6,
    };
  } finally {
    await stopChain(running);
  }
};

/** All rounds of one workload; the order is turned round each time, so that a machine that slows down hurts all alike. */
export const interleave = async (
  workload: Workload,
  chains: readonly Chain[],
  rounds: number,
  bench: Bench,
): Promise<Row[]> => {
  const taken = chains.map((chain) => ({ chain, figures: [] as Figures[], failures: [] as string[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { chain, figures, failures } of round % 2 === 0 ? taken : taken.toReversed()) {
      const load = loadavg()[0] ?? 0;
      bench.loads.push(load);
      const turn = `${workload.name} round ${round + 1} of ${rounds}`;
      bench.progress(`${turn}: ${chain.name} (load ${load.toFixed(1)})`);
      try {
        figures.push(await measure(chain, workload, bench));
      } catch (error) {
        // A peer that fails is a result as well; the others go on.
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  }
  return taken.map(({ chain, figures, failures }) => ({ chain: chain.name, rounds: figures, failures }));
};
