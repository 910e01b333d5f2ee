import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Workload } from "./workload.ts";

const load = fileURLToPath(new URL("../load/hold.js", import.meta.url));

export const w5: Workload = {
  name: "w5",
  title: "W5 resident memory, client and server: idle, and a tunnel that is open and idle",
  columns: [
    { key: "perTunnelKb", unit: "KB a tunnel", better: "less" },
    { key: "idleMb", unit: "MB idle", better: "less" },
    { key: "openMb", unit: "MB with all open", better: "less" },
    { key: "afterMb", unit: "MB after", better: "less" },
  ],
  run: async (chain, origin, scale) => {
    const tunnels = Math.round(2000 * scale);
    const resident = (): number => chain.daemons.reduce((sum, daemon) => sum + daemon.residentBytes(), 0);
    const idle = resident();
    const args = [load, chain.proxy ?? "-", origin.echo, String(tunnels)];
    const holder = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    await once(holder.stdout, "data");
    const open = resident();
    holder.stdin.end();
    await once(holder, "exit");
    await Promise.all(chain.daemons.map((daemon) => daemon.quiet()));
    const megabyte = 1e6;
    return {
      perTunnelKb: (open - idle) / tunnels / 1000,
      idleMb: idle / megabyte,
      openMb: open / megabyte,
      afterMb: resident() / megabyte,
    };
  },
};
