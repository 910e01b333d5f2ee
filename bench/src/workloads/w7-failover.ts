import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { DaemonHandle } from "../daemon-handle.ts";
import { runProgram } from "../run-program.ts";
import type { Workload } from "./workload.ts";

const load = fileURLToPath(new URL("../load/steady-opens.js", import.meta.url));

/** One backend is struck a second into a steady load of 100 CONNECT a second. */
const strike = async (
  proxy: string,
  target: string,
  victim: DaemonHandle | undefined,
  signal: NodeJS.Signals,
  seconds: number,
): Promise<{ errors: number; longestMs: number }> => {
  const running = runProgram(process.execPath, [load, proxy, target, "100", String(seconds)]);
  await delay(1000);
  victim?.child.kill(signal);
  return JSON.parse(await running) as { errors: number; longestMs: number };
};

export const w7: Workload = {
  name: "w7",
  title: "W7 failover: one of three servers is killed, then one stopped, under 100 CONNECT a second",
  columns: [
    { key: "killErrors", unit: "errors, SIGKILL", better: "less" },
    { key: "killLongestMs", unit: "ms longest, SIGKILL", better: "less" },
    { key: "stopErrors", unit: "errors, SIGSTOP", better: "less" },
    { key: "stopLongestMs", unit: "ms longest, SIGSTOP", better: "less" },
  ],
  suits: ({ only }) => only?.includes("w7") ?? false,
  run: async (chain, origin, scale) => {
    const proxy = chain.proxy ?? "-";
    const seconds = scale < 1 ? [3, 6] : [5, 10];
    const [, , second, third] = chain.daemons;
    const killed = await strike(proxy, origin.http, second, "SIGKILL", seconds[0] ?? 5);
    const stopped = await strike(proxy, origin.http, third, "SIGSTOP", seconds[1] ?? 10);
    return {
      killErrors: killed.errors,
      killLongestMs: killed.longestMs,
      stopErrors: stopped.errors,
      stopLongestMs: stopped.longestMs,
    };
  },
};
