import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { goodRoad, Lane, type Road, seededRandom } from "./lane.ts";

const journey = (road: Road, seed: number, packets: number): number[][] => {
  const lane = new Lane(seededRandom(seed));
  return Array.from({ length: packets }, (_, at) => [...lane.enter(road, at)]);
};

test("a good road: each packet arrives once, at once, in order", () => {
  assert.deepEqual(
    journey(goodRoad, 1, 5),
    [0, 1, 2, 3, 4].map((at) => [at]),
  );
});

test("the same seed has the same luck, another seed another", () => {
  const road = { ...goodRoad, loss: 0.3, jitterMs: 50, overtaking: 0.1, duplicates: 0.1 };
  assert.deepEqual(journey(road, 7, 200), journey(road, 7, 200));
  assert.notDeepEqual(journey(road, 7, 200), journey(road, 8, 200));
});

test("shares are what they say, within three percent", () => {
  const arrivals = journey({ ...goodRoad, loss: 0.1, duplicates: 0.2 }, 3, 20_000);
  const share = (copies: number): number =>
    arrivals.filter(({ length }) => length === copies).length / 20_000;
  assert.ok(Math.abs(share(0) - 0.1) < 0.03, `${share(0)} lost`);
  assert.ok(Math.abs(share(2) - 0.9 * 0.2) < 0.03, `${share(2)} twice`);
});

test("delay has its bounds, and the order stays but for those that overtake", () => {
  const between = fc.record({
    delayMs: fc.nat(100),
    jitterMs: fc.nat(100),
    loss: fc.double({ min: 0, max: 1, noNaN: true }),
    duplicates: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(between, fc.integer(), (some, seed) => {
      const road = { ...goodRoad, ...some };
      const all = journey(road, seed, 50);
      for (const [sentAt, arrivals] of all.entries())
        for (const at of arrivals) {
          assert.ok(at >= sentAt + road.delayMs);
          assert.ok(at <= sentAt + road.delayMs + road.jitterMs);
        }
      const order = all.flat();
      assert.deepEqual(
        order,
        order.toSorted((one, other) => one - other),
      );
    }),
  );
  const overtaken = journey({ ...goodRoad, jitterMs: 50, overtaking: 0.5 }, 1, 200).flat();
  assert.notDeepEqual(
    overtaken,
    overtaken.toSorted((one, other) => one - other),
  );
});
