import assert from "node:assert/strict";
import { test } from "node:test";
import { TurnCork } from "./turn-cork.ts";

const recording = () => {
  const calls: string[] = [];
  const sink = {
    transient: false,
    retains: true,
    own: () => {},
    write: (chunk: Uint8Array) => calls.push(`${chunk.length}`) > 0,
    end: () => {},
    reset: () => {},
    resume: () => {},
    cork: () => calls.push("cork"),
    uncork: () => calls.push("uncork"),
  };
  const cork = new TurnCork(sink);
  const write = (length: number) => {
    cork.before(length);
    sink.write(new Uint8Array(length));
  };
  return { calls, write };
};

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("bulk chunks of one turn are one write, small ones go at once", async () => {
  const { calls, write } = recording();
  write(100);
  write(16_384);
  write(100);
  write(16_384);
  await nextTurn();
  write(4_095);
  write(4_096);
  await nextTurn();
  assert.deepEqual(calls.join(), "100,cork,16384,100,16384,uncork,4095,cork,4096,uncork");
});

test("128 KiB do not wait for the end of the turn", async () => {
  const { calls, write } = recording();
  for (let chunk = 0; chunk < 9; chunk++) write(16_384);
  assert.deepEqual(
    calls.filter((call) => call.endsWith("cork")),
    ["cork", "uncork", "cork"],
  );
  await nextTurn();
  assert.deepEqual(
    calls.filter((call) => call.endsWith("cork")),
    ["cork", "uncork", "cork", "uncork"],
  );
});

test("many sinks share the turn's end", async () => {
  const sinks = Array.from({ length: 10 }, recording);
  for (const { write } of sinks) write(8_192);
  await nextTurn();
  for (const { calls } of sinks) assert.deepEqual(calls, ["cork", "8192", "uncork"]);
});
