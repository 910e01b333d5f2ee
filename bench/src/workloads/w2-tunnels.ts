import { fileURLToPath } from "node:url";
import { runProgram } from "../run-program.ts";
import type { Figures, Workload } from "./workload.ts";

const load = fileURLToPath(new URL("../load/tunnels.js", import.meta.url));

export const w2: Workload = {
  name: "w2",
  title: "W2 5,000 tunnels, 64 at a time: CONNECT, one GET, read to the end",
  columns: [
    { key: "perSecond", unit: "tunnels/s", better: "more" },
    { key: "firstPerSecond", unit: "tunnels/s the first time", better: "more" },
    { key: "p99Ms", unit: "ms p99", better: "less" },
    { key: "errors", unit: "errors", better: "less" },
  ],
  twice: true,
  operation: "tunnel",
  operations: (scale) => Math.round(5000 * scale),
  run: async (chain, origin, scale) => {
    const count = String(Math.round(5000 * scale));
    return JSON.parse(
      await runProgram(process.execPath, [load, chain.proxy ?? "-", origin.http, count]),
    ) as Figures;
  },
};
