// Loaded into each daemon before its own code (`--import`), by the soak alone: says what only the process itself can
// know, and moves its wall clock. It keeps nothing alive, and ends a daemon whose starter has gone.
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { garbageCollector } from "@octoproxy/lib/lifecycle/garbage-collector";
import { shiftWallClock } from "./wall-clock.ts";

/** What the process says of itself, after a full collection. Bytes. */
export interface Inside {
  readonly heap: number;
  readonly external: number;
  /** Handles and requests that keep the event loop alive, by type. */
  readonly handles: Readonly<Record<string, number>>;
}

/** Path of the socket on which the probe answers. */
export const probeVariable = "OCTOPROXY_SOAK_PROBE";

const look = (): Inside => {
  garbageCollector()?.({ type: "major", execution: "sync", flavor: "last-resort" });
  const { heapUsed, external } = process.memoryUsage();
  const handles: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) handles[type] = (handles[type] ?? 0) + 1;
  return { heap: heapUsed, external, handles };
};

const path = process.env[probeVariable];
if (path !== undefined) {
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (question) => {
      const { shiftMs } = JSON.parse(question.toString()) as { readonly shiftMs?: number };
      if (shiftMs !== undefined) shiftWallClock(shiftMs);
      socket.end(JSON.stringify(look()));
    });
  });
  server.listen(path).unref();
  const { ppid } = process;
  setInterval(() => {
    if (process.ppid !== ppid) process.kill(process.pid, "SIGKILL");
  }, 2000).unref();
}
