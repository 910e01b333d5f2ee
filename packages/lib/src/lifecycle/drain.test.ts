import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "../log/logger.ts";
import { Drain, type DrainSteps } from "./drain.ts";

const quiet = () => createLog({ level: "info", writer: { write: (_text, done) => done(undefined) } }).log;

const drainOf = (said: string[], timeoutMs: number, finish: DrainSteps["finish"]): Drain =>
  new Drain(quiet(), {
    openTunnels: () => 2,
    timeoutMs: () => timeoutMs,
    begin: () => said.push("begin"),
    finish: async (signal) => {
      await finish(signal);
      said.push("finished");
    },
    end: async () => {
      said.push("end");
    },
  });

test("what finishes by itself is complete, and is drained once however often it is asked for", async () => {
  const said: string[] = [];
  const drain = drainOf(said, 60_000, async () => undefined);
  assert.equal(drain.begun, false);
  const first = drain.run();
  assert.equal(drain.begun, true);
  assert.equal(drain.run(), first);
  assert.equal(await first, true);
  assert.deepEqual(said, ["begin", "finished", "end"]);
});

test("what has to be cut when the time is over is not complete", async () => {
  const said: string[] = [];
  const cut = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  const drain = drainOf(said, 1, cut);
  assert.equal(await drain.run(), false);
  assert.deepEqual(said, ["begin", "finished", "end"]);
});
