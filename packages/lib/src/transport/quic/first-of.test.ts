import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { firstOf } from "./first-of.ts";

const never = <T>(signal: AbortSignal): Promise<T> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

const endless = 2 ** 30;

test("the first candidate that succeeds wins, the others are aborted", async () => {
  const aborted: string[] = [];
  const attempt = (name: string, signal: AbortSignal): Promise<string> => {
    if (name === "silent") {
      signal.addEventListener("abort", () => aborted.push(name));
      return never(signal);
    }
    return name === "bad" ? Promise.reject(new Error("refused")) : Promise.resolve(name);
  };
  const parent = new AbortController();
  const won = await firstOf(["silent", "bad", "good"], attempt, () => {}, 1, parent.signal);
  assert.equal(won, "good");
  assert.deepEqual(aborted, ["silent"]);
  assert.equal(getEventListeners(parent.signal, "abort").length, 0);
});

test("a candidate that fails does not make the next one wait", async () => {
  const attempt = (name: string): Promise<string> =>
    name === "bad" ? Promise.reject(new Error("refused")) : Promise.resolve(name);
  assert.equal(
    await firstOf(["bad", "good"], attempt, () => {}, endless, new AbortController().signal),
    "good",
  );
});

test("when all fail, the first one's error is told; without candidates there is an error too", async () => {
  const attempt = (name: string): Promise<string> => Promise.reject(new Error(name));
  const { signal } = new AbortController();
  await assert.rejects(
    firstOf(["one", "two"], attempt, () => {}, endless, signal),
    /one/,
  );
  await assert.rejects(
    firstOf([], attempt, () => {}, endless, signal),
    /no address/,
  );
});

test("a late winner is disposed of", async () => {
  const late = Promise.withResolvers<string>();
  const disposed: string[] = [];
  const attempt = (name: string): Promise<string> => (name === "late" ? late.promise : Promise.resolve(name));
  const won = await firstOf(
    ["late", "good"],
    attempt,
    (name) => disposed.push(name),
    1,
    new AbortController().signal,
  );
  late.resolve("late");
  await late.promise;
  await Promise.resolve();
  assert.deepEqual([won, disposed], ["good", ["late"]]);
});

test("aborting ends every attempt with the signal's reason", async () => {
  const parent = new AbortController();
  const trying = firstOf(
    ["a", "b"],
    (_, signal) => never<string>(signal),
    () => {},
    1,
    parent.signal,
  );
  parent.abort(new Error("enough"));
  await assert.rejects(trying, /enough/);
});
