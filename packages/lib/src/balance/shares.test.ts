// Shares of the algorithms that know weights, over many picks from a seeded generator.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makePool } from "./backend-pool.ts";
import { makePicker } from "./make-picker.ts";
import type { Algorithm, BackendPool } from "./picker.ts";
import { ask, backend, nobody, seeded, weighted, without } from "./pools.fixture.ts";

const count = (
  algorithm: Algorithm,
  pool: BackendPool,
  picks: number,
  exclude: ReadonlySet<string> = nobody,
): Record<string, number> => {
  const picker = makePicker(algorithm);
  const random = seeded(7);
  const counts: Record<string, number> = {};
  for (let pick = 0; pick < picks; pick++) {
    const picked = picker.pick(pool, ask({ key: `host${pick}.example`, random, exclude }));
    assert.ok(picked !== undefined);
    counts[picked.name] = (counts[picked.name] ?? 0) + 1;
  }
  return counts;
};

/** Chi-squared against the weights; the critical values are those of p = 0.001. */
const assertShares = (
  counts: Readonly<Record<string, number>>,
  weights: Readonly<Record<string, number>>,
) => {
  const critical = [10.83, 13.82, 16.27, 18.47, 20.52, 22.46, 24.32, 26.12, 27.88, 29.59];
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const heavy = Object.values(weights).reduce((sum, n) => sum + n, 0);
  let chiSquared = 0;
  for (const [name, weight] of Object.entries(weights)) {
    const expected = (total * weight) / heavy;
    chiSquared += ((counts[name] ?? 0) - expected) ** 2 / expected;
  }
  const limit = critical[Object.keys(weights).length - 2]!;
  assert.ok(chiSquared < limit, `${JSON.stringify(counts)}: chi-squared ${chiSquared} of ${limit}`);
};

const uneven = { a: 5, b: 1, c: 2.5 };
const even = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`b${index}`, 1]));

for (const algorithm of ["random", "uri_hash", "least_connections"] as const) {
  test(`${algorithm} shares by weight`, () => {
    assertShares(count(algorithm, weighted(uneven), 30_000), uneven);
    assertShares(count(algorithm, weighted(even), 30_000), even);
  });

  test(`${algorithm} shares by weight among those that are not excluded`, () => {
    assertShares(count(algorithm, weighted(uneven), 30_000, without("a")), { b: 1, c: 2.5 });
    const { b0: _, b7: __, ...rest } = even;
    assertShares(count(algorithm, weighted(even), 30_000, without("b0", "b7")), rest);
  });
}

test("random keeps its shares among 1,000 backends with gaps", () => {
  const weights = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [`b${index}`, (index % 3) + 1]),
  );
  const counts = count("random", weighted(weights), 60_000, without("b0", "b1", "b500", "b999"));
  const classes = { one: 0, two: 0, three: 0 };
  for (const [name, n] of Object.entries(counts)) {
    classes[(["one", "two", "three"] as const)[weights[name]! - 1]!] += n;
  }
  assertShares(classes, { one: 332, two: 332 * 2, three: 332 * 3 });
});

test("p2c shares evenly among equals, and each pair is drawn", () => {
  assertShares(count("p2c", weighted(even), 30_000), even);
  assertShares(count("p2c", weighted({ a: 1, b: 1 }), 10_000), { a: 1, b: 1 });
  assertShares(count("p2c", weighted({ a: 1, b: 1, c: 1 }), 10_000, without("b")), { a: 1, c: 1 });
});

const keys = Array.from({ length: 5000 }, (_, index) => `host${index}.example`);
const mapping = (pool: BackendPool, picker = makePicker("uri_hash")): Map<string, string> =>
  new Map(keys.map((key) => [key, picker.pick(pool, ask({ key }))!.name]));

for (const size of [3, 10, 100]) {
  test(`uri_hash: when one of ${size} goes, exactly its own hosts move, spread out, and they come back`, () => {
    const all = Array.from({ length: size }, (_, index) => ({ name: `b${index}`, weight: (index % 2) + 1 }));
    const poolWithout = (gone?: string) =>
      makePool(all.map(({ name, weight }) => backend(name, { weight, up: name !== gone })));
    const picker = makePicker("uri_hash");
    const before = mapping(poolWithout(), picker);
    for (const { name: gone } of all.slice(0, 3)) {
      const after = mapping(poolWithout(gone), picker);
      const heirs = new Set<string>();
      for (const key of keys) {
        if (before.get(key) === gone) heirs.add(after.get(key)!);
        else assert.equal(after.get(key), before.get(key));
      }
      assert.ok(!heirs.has(gone) && heirs.size >= Math.min(size - 1, 9), `${heirs.size} heirs`);
    }
    assert.deepEqual(mapping(poolWithout(), picker), before);
  });
}

test("uri_hash: order of the file, another process and other lost backends make no difference", () => {
  const list = ["tokyo", "osaka", "paris", "lima"].map((name) => backend(name));
  assert.deepEqual(mapping(makePool(list)), mapping(makePool(list.toReversed())));
  const some = mapping(makePool(list)).get("host7.example");
  assert.equal(some, "osaka", "the hash is part of the contract: another one moves everybody's hosts");
});

test("uri_hash: failover goes where the host would go if the backend were down", () => {
  const list = (down?: string) => ["a", "b", "c", "d"].map((name) => backend(name, { up: name !== down }));
  const whole = makePool(list());
  const picker = makePicker("uri_hash");
  for (const key of keys.slice(0, 300)) {
    const owner = picker.pick(whole, ask({ key }))!.name;
    const next = picker.pick(whole, ask({ key, exclude: without(owner) }));
    assert.equal(next?.name, picker.pick(makePool(list(owner)), ask({ key }))?.name);
  }
});

test("uri_hash: less weight takes hosts from that backend and moves no other", () => {
  const before = mapping(weighted({ a: 2, b: 2, c: 2 }));
  const after = mapping(weighted({ a: 1, b: 2, c: 2 }));
  let moved = 0;
  for (const key of keys) {
    if (before.get(key) === after.get(key)) continue;
    assert.equal(before.get(key), "a");
    moved++;
  }
  assert.ok(moved > 0);
});
