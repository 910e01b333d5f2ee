import type { RunningChain } from "../chain.ts";
import type { Side } from "../daemon-handle.ts";
import type { Bench } from "../measure.ts";
import { w2 } from "../workloads/w2-tunnels.ts";

/** A fifth of W2: 1,000 tunnels. */
const share = 0.2;

/** CPU time in microseconds that each side spends on opening, using and closing one tunnel. */
export const tunnelCost = async (chain: RunningChain, { origin }: Bench): Promise<Record<Side, number>> => {
  const spent = (side: Side): number =>
    chain.daemons.reduce((sum, daemon) => sum + (daemon.side === side ? daemon.cpuSeconds() : 0), 0);
  const before = { client: spent("client"), server: spent("server") };
  await w2.run(chain, origin, share);
  const each = 1e6 / (5000 * share);
  return {
    client: (spent("client") - before.client) * each,
    server: (spent("server") - before.server) * each,
  };
};

/** The first thousand tunnels of a process cost more than all that follow. */
export const warmUp = async (chain: RunningChain, { origin }: Bench): Promise<void> => {
  await w2.run(chain, origin, 0.4);
};
