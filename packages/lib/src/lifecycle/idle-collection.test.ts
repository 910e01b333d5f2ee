import assert from "node:assert/strict";
import { test } from "node:test";
import { IdlePolicy } from "./idle-collection.ts";

const looks = (counts: readonly number[], total = 0): boolean[] => {
  const policy = new IdlePolicy();
  return counts.map((active) => policy.look({ active, total }));
};

test("once after a crowd has come, once after it has left", () => {
  const expected = [false, false, true, false, false, false, true, false, false];
  assert.deepEqual(looks([0, 2000, 2000, 2000, 30, 20, 20, 20, 0]), expected);
});

test("not while tunnels come and go, and not for a few", () => {
  assert.ok(!looks([2000, 10, 12, 9, 11]).includes(true));
  assert.ok(!looks([400, 400, 0, 0, 0, 450, 450]).includes(true));
});

test("a crowd that came slowly counts, as does a second one", () => {
  assert.deepEqual(looks([200, 400, 600, 600]), [false, false, false, true]);
  assert.equal(looks([600, 600, 0, 0, 600, 600, 0, 0]).filter(Boolean).length, 4);
});

test("once when many have passed, however few at a time", () => {
  const policy = new IdlePolicy();
  const totals = [1000, 6000, 6000, 6000, 9000, 9000, 11_500, 11_500];
  const expected = [false, false, true, false, false, false, false, true];
  assert.deepEqual(
    totals.map((total) => policy.look({ active: 3, total })),
    expected,
  );
});

test("once when some have passed and nothing came or went for long", () => {
  const policy = new IdlePolicy();
  const answers = (total: number, times: number) =>
    Array.from({ length: times }, () => policy.look({ active: 3, total }));
  assert.deepEqual(answers(499, 8).includes(true), false);
  assert.deepEqual(answers(500, 8), [false, false, false, false, false, true, false, false]);
  assert.deepEqual(answers(999, 8).includes(true), false);
});

test("what it looks at may go on counting", () => {
  const policy = new IdlePolicy();
  const book = { active: 0, total: 0 };
  const look = (total: number): boolean => {
    book.total = total;
    return policy.look(book);
  };
  assert.deepEqual([6000, 7000, 7000, 20_000, 20_000].map(look), [false, false, true, false, true]);
});
