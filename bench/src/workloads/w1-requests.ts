import { runProgram } from "../run-program.ts";
import type { Workload } from "./workload.ts";

/** The seed's benchmark: plain HTTP through the proxy. Takes absolute form at the client. */
export const w1: Workload = {
  name: "w1",
  title: "W1 20,000 POST requests, 15 workers (hey, absolute form)",
  columns: [
    { key: "perSecond", unit: "requests/s", better: "more" },
    { key: "firstPerSecond", unit: "requests/s the first time", better: "more" },
    { key: "p99Ms", unit: "ms p99", better: "less" },
    { key: "errors", unit: "errors", better: "less" },
  ],
  twice: true,
  operation: "request",
  operations: (scale) => Math.round(20_000 * scale),
  run: async (chain, origin, scale) => {
    const through = chain.proxy === undefined ? [] : ["-x", `http://${chain.proxy}`];
    const body = "x".repeat(256);
    const count = String(Math.round(20_000 * scale));
    const load = ["-cpus", "1", "-n", count, "-c", "15", "-m", "POST", "-d", body, ...through];
    const text = await runProgram("hey", [...load, `http://${origin.http}/hi`]);
    const good = Number(/\[200\]\s+(\d+) responses/.exec(text)?.[1] ?? 0);
    const asked = Math.floor(Number(count) / 15) * 15;
    return {
      perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1] ?? Number.NaN),
      p99Ms: seconds(text, /99% in ([\d.]+) secs/) * 1000,
      totalSeconds: seconds(text, /Total:\s+([\d.]+) secs/),
      slowestSeconds: seconds(text, /Slowest:\s+([\d.]+) secs/),
      fastestSeconds: seconds(text, /Fastest:\s+([\d.]+) secs/),
      averageSeconds: seconds(text, /Average:\s+([\d.]+) secs/),
      errors: asked - good,
    };
  },
};

const seconds = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN);
