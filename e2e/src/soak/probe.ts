// Loaded into each daemon before its own code (`--import`), by the soak alone: says what only the process itself can
// know, and moves its wall clock. It keeps nothing alive, and ends a daemon whose starter has gone.
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { getHeapSpaceStatistics, writeHeapSnapshot } from "node:v8";
import { garbageCollector } from "@octoproxy/lib/lifecycle/garbage-collector";
import { shiftWallClock } from "../harness/wall-clock.ts";

/** What the process says of itself, after a full collection. Bytes. */
export interface Inside {
  /** Objects, strings and what V8 knows about them. */
  readonly heap: number;
  /** Compiled code: it grows for hours, while V8 still finds something to compile better. */
  readonly code: number;
  readonly external: number;
  /** Handles and requests that keep the event loop alive, by type. */
  readonly handles: Readonly<Record<string, number>>;
}

/** What it may be asked, beside looking. */
export interface Question {
  /** How far the wall clock is off from now on. */
  readonly shiftMs?: number;
  /** File for a heap snapshot, which DevTools compares with another one. */
  readonly snapshot?: string;
}

/** Path of the socket on which the probe answers. */
export const probeVariable = "OCTOPROXY_SOAK_PROBE";

const look = (): Inside => {
  garbageCollector()?.({ type: "major", execution: "sync", flavor: "last-resort" });
  const { external } = process.memoryUsage();
  let [heap, code] = [0, 0];
  for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics()) {
    if (/code|trusted/.test(name)) code += used;
    else heap += used;
  }
  const handles: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) handles[type] = (handles[type] ?? 0) + 1;
  return { heap, code, external, handles };
};

const path = process.env[probeVariable];
if (path !== undefined) {
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (question) => {
      const { shiftMs, snapshot } = JSON.parse(question.toString()) as Question;
      if (shiftMs !== undefined) shiftWallClock(shiftMs);
      const inside = look();
      if (snapshot !== undefined) writeHeapSnapshot(snapshot);
      socket.end(JSON.stringify(inside));
    });
  });
  server.listen(path).unref();
  const { ppid } = process;
  setInterval(() => {
    if (process.ppid !== ppid) process.kill(process.pid, "SIGKILL");
  }, 2000).unref();
}
