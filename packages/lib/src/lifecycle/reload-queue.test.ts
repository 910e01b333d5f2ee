import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, type ConfigFault } from "../config/config-fault.ts";
import { createLog } from "../log/logger.ts";
import type { ReloadOutcome } from "./reload-outcome.ts";
import { ReloadQueue } from "./reload-queue.ts";

const quiet = () => createLog({ level: "info", writer: { write: (_text, done) => done(undefined) } }).log;
const fault = { file: "a.toml", line: 3, column: 1, keyPath: "balance", message: "is none" };

test("reloads go one after the other, in the order in which they were asked for", async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const said: string[] = [];
  let begun = 0;
  const queue = new ReloadQueue(quiet(), {
    reload: async () => {
      const number = begun++;
      said.push(`begin ${number}`);
      await gates[number]!.promise;
      said.push(`end ${number}`);
      return [];
    },
    finished: () => said.push("finished"),
  });
  const both = [queue.run(), queue.run()];
  gates[1]!.resolve();
  gates[0]!.resolve();
  await Promise.all(both);
  assert.deepEqual(said, ["begin 0", "end 0", "finished", "begin 1", "end 1", "finished"]);
});

test("a refused one gives its faults and holds up none after it", async () => {
  const results: (() => readonly ConfigFault[])[] = [
    () => {
      throw new ConfigError([fault]);
    },
    () => {
      throw new Error("out of luck\n    at nowhere");
    },
    () => [fault],
  ];
  const heard: ReloadOutcome[] = [];
  const queue = new ReloadQueue(quiet(), {
    reload: async () => results.shift()!(),
    finished: (outcome) => heard.push(outcome),
  });
  const outcomes = await Promise.all([queue.run(), queue.run(), queue.run()]);
  const view = { file: "a.toml", line: 3, column: 1, key: "balance", message: "is none" };
  assert.deepEqual(outcomes, [
    { done: false, message: "the configuration is wrong, nothing was changed", faults: [view] },
    { done: false, message: "out of luck", faults: [] },
    { done: true, warnings: [view] },
  ]);
  assert.deepEqual(heard, outcomes);
});

test("what must not meet a reload waits for it, and holds it up; its failure is its own", async () => {
  const gate = Promise.withResolvers<void>();
  const said: string[] = [];
  const queue = new ReloadQueue(quiet(), {
    reload: async () => {
      await gate.promise;
      said.push("reload");
      return [];
    },
    finished: () => undefined,
  });
  const first = queue.run();
  const act = queue.after(async () => {
    said.push("act");
    throw new Error("of its own");
  });
  const second = queue.run();
  gate.resolve();
  await assert.rejects(act, /of its own/);
  await Promise.all([first, second]);
  assert.deepEqual(said, ["reload", "act", "reload"]);
});
