import assert from "node:assert/strict";
import { test } from "node:test";
import { summarise } from "./stations.ts";

test("time is summed by source folder and function, waiting apart", () => {
  const frame = (id: number, functionName: string, url: string) => ({
    id,
    callFrame: { functionName, url, lineNumber: 4 },
  });
  const profile = {
    nodes: [
      frame(1, "(idle)", ""),
      frame(2, "receive", "file:///x/packages/lib/dist/transport/h2/core.js"),
      frame(3, "flush", "file:///x/packages/lib/dist/transport/h2/output-block.js"),
      frame(4, "writev", ""),
      frame(5, "(garbage collector)", ""),
      frame(6, "emit", "node:events"),
      frame(7, "main", "file:///x/packages/client/dist/daemon.js"),
      frame(8, "write", "file:///x/node_modules/.pnpm/pino@10.4.0/node_modules/pino/lib/tools.js"),
    ],
    startTime: 100_000,
    samples: [1, 2, 3, 2, 4, 5, 6, 7, 8],
    timeDeltas: [9, 1000, 10, 20, 30, 40, 50, 60, 70, 5],
  };
  const summary = summarise(profile);
  const late = summarise(profile, 101_100);
  assert.deepEqual([late.idleUs, late.busyUs], [0, 185]);
  assert.equal(summary.idleUs, 1000);
  assert.equal(summary.busyUs, 285);
  assert.deepEqual(
    Object.fromEntries(summary.stations.map(({ name, microseconds }) => [name, microseconds])),
    {
      "lib/transport/h2": 60,
      "node (native), system calls": 40,
      "garbage collector": 50,
      "node (JavaScript)": 60,
      client: 70,
      pino: 5,
    },
  );
  assert.deepEqual(
    summary.functions.find(({ name }) => name === "receive  core:5"),
    { name: "receive  core:5", microseconds: 40 },
  );
});
