import { fileURLToPath } from "node:url";
import { runProgram } from "../run-program.ts";
import type { Figures, Workload } from "./workload.ts";

const load = fileURLToPath(new URL("../load/ping.js", import.meta.url));

export const w4: Workload = {
  name: "w4",
  title: "W4 100 bytes there and back, 10,000 times in one tunnel",
  columns: [
    { key: "p50Us", unit: "µs p50", better: "less" },
    { key: "p99Us", unit: "µs p99", better: "less" },
  ],
  operation: "trip",
  operations: (scale) => Math.round(10_000 * scale),
  run: async (chain, origin, scale) => {
    const trips = String(Math.round(10_000 * scale));
    return JSON.parse(
      await runProgram(process.execPath, [load, chain.proxy ?? "-", origin.echo, trips]),
    ) as Figures;
  },
};
