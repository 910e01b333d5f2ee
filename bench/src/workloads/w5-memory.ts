import { setTimeout as delay } from "node:timers/promises";
import { holdTunnels } from "../load/held.ts";
import type { Workload } from "./workload.ts";

const megabyte = 1e6;

/** Idle means that nothing happens for a while: runtimes tidy up then. Not in quick runs. */
const idleMs = 5000;

export const w5: Workload = {
  name: "w5",
  title: "W5 resident memory of both sides: idle, with 2,000 idle tunnels open, after they closed",
  columns: [
    { key: "perTunnelKb", unit: "KB a tunnel", better: "less" },
    { key: "idleMb", unit: "MB idle", better: "less" },
    { key: "openMb", unit: "MB with all open", better: "less" },
    { key: "afterMb", unit: "MB after", better: "less" },
    { key: "afterToIdle", unit: "after ÷ idle", better: "less" },
  ],
  suits: ({ transport }) => transport !== "none",
  run: async (chain, origin, scale) => {
    const tunnels = Math.round(2000 * scale);
    const resident = (): number => chain.daemons.reduce((sum, daemon) => sum + daemon.residentBytes(), 0);
    const idle = resident();
    const held = await holdTunnels(chain.proxy ?? "-", origin.echo, tunnels);
    const idleFor = scale < 1 ? 0 : idleMs;
    await delay(idleFor);
    const open = resident();
    await held.close();
    await Promise.all(chain.daemons.map((daemon) => daemon.quiet()));
    await delay(idleFor);
    const after = resident();
    return {
      perTunnelKb: (open - idle) / tunnels / 1000,
      idleMb: idle / megabyte,
      openMb: open / megabyte,
      afterMb: after / megabyte,
      afterToIdle: after / idle,
    };
  },
};
