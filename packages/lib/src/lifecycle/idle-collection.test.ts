import assert from "node:assert/strict";
import { test } from "node:test";
import { IdlePolicy } from "./idle-collection.ts";

const looks = (counts: readonly number[]): boolean[] => {
  const policy = new IdlePolicy(500);
  return counts.map((count) => policy.look(count));
};

test("once after a crowd has left, and not again", () => {
  assert.deepEqual(looks([0, 2000, 2000, 30, 30, 30, 0, 0]), [
    false,
    false,
    false,
    false,
    true,
    false,
    false,
    false,
  ]);
});

test("not while tunnels come and go, not for a few, not while a tenth is left", () => {
  assert.ok(!looks([2000, 10, 12, 9, 11]).includes(true));
  assert.ok(!looks([400, 0, 0, 0]).includes(true));
  assert.ok(!looks([2000, 300, 300, 300]).includes(true));
});

test("a second crowd counts anew", () => {
  assert.deepEqual(looks([600, 0, 0, 600, 0, 0]).filter(Boolean).length, 2);
});
