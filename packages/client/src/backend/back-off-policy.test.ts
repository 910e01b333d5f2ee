import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BackOff } from "./back-off-policy.ts";

const middle = () => 0.5;
const waits = (backOff: BackOff, count: number, random = middle) =>
  Array.from({ length: count }, () => backOff.failed(random));

test("it waits 0.5 s, then 1.6 times as long each time, up to the cap", () => {
  const backOff = new BackOff({ capMs: 10_000, maxRetries: 0 });
  const all = waits(backOff, 8).map((wait) => Math.round(wait!));
  // Nothing passes the cap: the seventh is drawn from 6.7 to 10 s, those after it from 8 to 10 s.
  assert.deepEqual(all, [500, 800, 1280, 2048, 3277, 5243, 8355, 9000]);
});

test("a wait stays within a fifth of its length and never above the cap, whatever the draw", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(40), (draw, before) => {
      const backOff = new BackOff({ capMs: 7000, maxRetries: 0 });
      waits(backOff, before);
      const wait = backOff.failed(() => draw)!;
      const plain = Math.min(7000, 500 * 1.6 ** before);
      assert.ok(wait >= plain * 0.8 && wait <= Math.min(7000, plain * 1.2));
    }),
  );
});

test("clients drift apart at the cap too", () => {
  const backOff = new BackOff({ capMs: 1000, maxRetries: 0 });
  waits(backOff, 10);
  const [low, high] = [backOff.failed(() => 0)!, backOff.failed(() => 0.99)!];
  assert.ok(high - low > 150);
});

test("0 retries is no end; a number is one; success begins anew", () => {
  const endless = new BackOff({ capMs: 1000, maxRetries: 0 });
  assert.ok(waits(endless, 5000).every((wait) => wait !== undefined && Number.isFinite(wait)));
  const three = new BackOff({ capMs: 1000, maxRetries: 3 });
  assert.deepEqual(waits(three, 3), [500, 800, undefined]);
  three.reset();
  assert.equal(three.failures, 0);
  assert.deepEqual(waits(three, 3), [500, 800, undefined]);
});

test("no configuration makes a hot loop", () => {
  for (const wait of waits(new BackOff({ capMs: 0, maxRetries: 0 }), 5, () => 0)) assert.ok(wait! >= 80);
});

test("a user's need may begin an attempt, but not twice within half a second", () => {
  const backOff = new BackOff({ capMs: 10_000, maxRetries: 0 });
  assert.equal(backOff.hurryIn(0), 0);
  backOff.attempt(0);
  assert.equal(backOff.hurryIn(499), 1);
  assert.equal(backOff.hurryIn(500), 0);
  backOff.attempt(600);
  backOff.reset();
  assert.equal(backOff.hurryIn(601), 0);
});
