import { stopChain } from "../chain.ts";
import { type PairOptions, startOctoproxy } from "../chains/octoproxy-pair.ts";
import { holdClients, holdTunnels } from "../load/held.ts";
import type { Bench } from "../measure.ts";
import type { Curve } from "../report/result.ts";
import { growthOrder, type Point } from "./growth-order.ts";
import { tunnelCost, warmUp } from "./operation-cost.ts";

type Transport = PairOptions["transport"];

const curve = (along: string, label: string, unit: string, points: readonly Point[]): Curve => ({
  along,
  label,
  unit,
  points,
  order: growthOrder(points),
});

/** A size that this machine cannot bear ends its curve, not the benchmark. */
const asFarAsItGoes = async (
  sizes: readonly number[],
  what: string,
  bench: Bench,
  step: (n: number) => Promise<void>,
): Promise<void> => {
  for (const n of sizes) {
    bench.progress(`w8: ${n} ${what}`);
    try {
      await step(n);
    } catch (error) {
      bench.progress(`w8: no figure for ${n} ${what}: ${error instanceof Error ? error.message : error}`);
      return;
    }
  }
};

const unit = "µs CPU a tunnel";

/** What opening and closing a tunnel costs while so many others are open, and what they cost in memory. */
export const openTunnelCosts = async (
  transport: Transport,
  sizes: readonly number[],
  bench: Bench,
): Promise<Curve[]> => {
  const points: Record<"client" | "server" | "memory", Point[]> = { client: [], server: [], memory: [] };
  const chain = await startOctoproxy(bench.folder, { transport });
  try {
    await warmUp(chain, bench);
    const resident = (): number => chain.daemons.reduce((sum, daemon) => sum + daemon.residentBytes(), 0);
    const idle = resident();
    await asFarAsItGoes(sizes, `open tunnels, ${transport}`, bench, async (n) => {
      const held = await holdTunnels(chain.proxy ?? "", bench.origin.echo, n);
      const memory = (resident() - idle) / n / 1000;
      const cost = await tunnelCost(chain, bench);
      points.client.push({ n, value: cost.client });
      points.server.push({ n, value: cost.server });
      if (n >= 1000) points.memory.push({ n, value: memory });
      await held.close();
      await Promise.all(chain.daemons.map((daemon) => daemon.quiet()));
    });
  } finally {
    await stopChain(chain);
  }
  const along = "open tunnels";
  return [
    curve(along, `client, ${transport}`, unit, points.client),
    curve(along, `server, ${transport}`, unit, points.server),
    curve(along, `both sides, ${transport}`, "KB a tunnel", points.memory),
  ].filter((one) => one.points.length > 0);
};

/** What a tunnel costs the client that has so many backends, all of them connected. */
export const backendCosts = async (sizes: readonly number[], bench: Bench): Promise<Curve> => {
  const points: Point[] = [];
  await asFarAsItGoes(sizes, "connected backends", bench, async (n) => {
    const chain = await startOctoproxy(bench.folder, { transport: "http2", backends: n, roomy: true });
    try {
      await Promise.all(chain.daemons.map((daemon) => daemon.quiet()));
      await warmUp(chain, bench);
      points.push({ n, value: (await tunnelCost(chain, bench)).client });
    } finally {
      await stopChain(chain);
    }
  });
  return curve("connected backends", "client, http2", unit, points);
};

/** What a tunnel costs the server that has so many clients, and what a client costs it. */
export const clientCosts = async (sizes: readonly number[], bench: Bench): Promise<Curve[]> => {
  const points: Record<"tunnel" | "handshake" | "memory", Point[]> = {
    tunnel: [],
    handshake: [],
    memory: [],
  };
  const chain = await startOctoproxy(bench.folder, { transport: "http2", roomy: true });
  const server = chain.daemons[1]!;
  const { folder } = bench;
  const files = [
    folder.certificate("ca.crt"),
    folder.certificate("client/client.crt"),
    folder.certificate("client/client.key"),
  ];
  try {
    await warmUp(chain, bench);
    await asFarAsItGoes(sizes, "clients of one server", bench, async (n) => {
      const [cpu, memory] = [server.cpuSeconds(), server.residentBytes()];
      const held = await holdClients(chain.secured?.address ?? "", n, files);
      if (n >= 100) {
        points.handshake.push({ n, value: ((server.cpuSeconds() - cpu) / n) * 1e6 });
        points.memory.push({ n, value: Math.max(0.1, (server.residentBytes() - memory) / n / 1000) });
      }
      points.tunnel.push({ n, value: (await tunnelCost(chain, bench)).server });
      await held.close();
      await server.quiet();
    });
  } finally {
    await stopChain(chain);
  }
  return [
    curve("clients of one server", "server, http2", unit, points.tunnel),
    curve("clients of one server", "server, http2", "µs CPU a handshake", points.handshake),
    curve("clients of one server", "server, http2", "KB a client", points.memory),
  ].filter((one) => one.points.length > 0);
};
