import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "./verdict.ts";

const more = { key: "rate", unit: "per second", better: "more" } as const;
const rounds = (...rates: number[]) => rates.map((rate) => ({ rate }));

test("a machine that slows down is no difference, a difference beyond the spread is", () => {
  // Both halve from round to round: nothing is said of the trees.
  assert.equal(judge(more, rounds(100, 50, 25), rounds(101, 49, 25)).word, "no difference shown");
  const faster = judge(more, rounds(100, 50, 25), rounds(120, 61, 30));
  assert.equal(faster.word, "better");
  assert.equal(faster.ratio, 1.2);
  assert.equal(judge(more, rounds(100, 50, 25), rounds(80, 41, 20)).word, "worse");
  assert.equal(judge({ ...more, better: "less" }, rounds(100, 50, 75), rounds(120, 60, 90)).word, "worse");
});

test("fewer than three rounds, or rounds that contradict each other, show nothing", () => {
  assert.equal(judge(more, rounds(100, 100), rounds(200, 200)).word, "no difference shown");
  assert.equal(judge(more, rounds(100, 100, 100), rounds(140, 70, 105)).word, "no difference shown");
  assert.equal(judge(more, rounds(0, 0, 0), rounds(0, 0, 0)).word, "no difference shown");
});
