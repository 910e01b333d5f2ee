import { holdTunnels } from "../load/held.ts";
import type { Workload } from "./workload.ts";

const megabyte = 1e6;

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
    const open = resident();
    await held.close();
    await Promise.all(chain.daemons.map((daemon) => daemon.quiet()));
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
