import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "./seeded-random.ts";
import { type Point, slopeOf, studentT } from "./slope.ts";

/** Samples of a line with noise, in an hour. */
const samples = (perHour: number, noise: (random: SeededRandom) => number, seed: number): Point[] => {
  const random = new SeededRandom(seed);
  return Array.from({ length: 60 }, (_, place) => {
    const at = place / 60;
    return { at, value: 100 + perHour * at + noise(random) };
  });
};

/** Shares of a hundred seeds whose interval holds the true slope. */
const coverage = (perHour: number, noise: () => (random: SeededRandom) => number): number =>
  Array.from({ length: 100 }, (_, seed) => slopeOf(samples(perHour, noise(), seed))).filter(
    (slope) => Math.abs(slope.perHour - perHour) <= slope.plusMinus,
  ).length;

test("a line is its own slope", () => {
  const { perHour, plusMinus } = slopeOf(samples(7, () => 0, 1));
  assert.ok(Math.abs(perHour - 7) < 1e-9 && plusMinus < 1e-9);
});

test("the interval holds the truth about as often as it says", () => {
  assert.ok(coverage(5, () => (random) => 3 * (random.next() - 0.5)) >= 90);
});

test("samples that follow their neighbours are worth less", () => {
  const wandering = () => {
    let at = 0;
    return (random: SeededRandom): number => {
      at = 0.8 * at + random.next() - 0.5;
      return at;
    };
  };
  assert.ok(coverage(5, wandering) >= 75, `${coverage(5, wandering)}`);
});

test("two samples say nothing", () => {
  assert.equal(slopeOf(samples(7, () => 0, 1).slice(0, 2)).plusMinus, Number.POSITIVE_INFINITY);
});

test("Student's t is that of the tables", () => {
  for (const [degrees, t] of [
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [5, 2.571],
    [10, 2.228],
    [30, 2.042],
    [1000, 1.962],
  ] as const) {
    assert.ok(Math.abs(studentT(degrees) - t) < 0.02 * t, `${degrees}: ${studentT(degrees)}`);
  }
});
