import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenTimes, openBuckets } from "./open-times.ts";

const near = (actual: number | null, expected: number): void => {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= expected * 0.02 + 0.1,
    `${actual} is not ${expected}`,
  );
};

test("percentiles are those of what was recorded, to two digits, over all protocols", () => {
  const times = new OpenTimes();
  for (let ms = 1; ms <= 1000; ms++) times.record("tokyo", ms % 2 === 0 ? "quic" : "http2", ms, 0);
  const { count, p50, p90, p99 } = times.latency("tokyo", 0);
  assert.equal(count, 1000);
  near(p50, 500);
  near(p90, 900);
  near(p99, 990);
  assert.deepEqual(times.latency("osaka", 0), { count: 0, p50: null, p90: null, p99: null });
});

test("old times leave the percentiles, not the count", () => {
  const times = new OpenTimes();
  const minute = 60_000;
  times.record("tokyo", "quic", 1000, 0);
  times.record("tokyo", "quic", 10, 5 * minute);
  near(times.latency("tokyo", 5 * minute).p99, 1000);
  near(times.latency("tokyo", 10 * minute).p99, 10);
  assert.deepEqual(times.latency("tokyo", 30 * minute), { count: 2, p50: null, p90: null, p99: null });
});

test("buckets hold each time once, at or below their bound", () => {
  const times = new OpenTimes();
  for (const ms of [0, 1, 1.1, 10_000, 10_001, 1e9]) times.record("tokyo", "quic", ms, 0);
  const [only, more] = [...times.buckets];
  assert.equal(more, undefined);
  assert.equal(only?.counts.length, openBuckets.length + 1);
  assert.deepEqual(
    [only?.counts[0], only?.counts[1], only?.counts.at(-2), only?.counts.at(-1)],
    [2, 1, 1, 2],
  );
  near(only?.sumSeconds ?? 0, 1_000_020);
});
