import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { makePool } from "./backend-pool.ts";
import type { BackendPool } from "./picker.ts";
import { ask, backend, nobody, weighted, without } from "./pools.fixture.ts";
import { roundRobin } from "./round-robin.ts";

const sequence = (
  pool: BackendPool,
  length: number,
  picker = roundRobin(),
  exclude: ReadonlySet<string> = nobody,
): string => Array.from({ length }, () => picker.pick(pool, ask({ exclude }))?.name).join("");

test("the weights 5, 1, 1 give nginx's sequence", () => {
  assert.equal(sequence(weighted({ a: 5, b: 1, c: 1 }), 14), "aabacaaaabacaa");
});

test("equals take turns in the order of the file, also when their names are numbers", () => {
  const pool = makePool(["2", "10", "1"].map((name) => backend(name)));
  assert.equal(sequence(pool, 6), "21012101");
});

/** nginx's algorithm as it is told, a sum over all in every round. */
class Naive {
  readonly #credit = new Map<string, number>();
  next(all: readonly { name: string; weight: number }[], exclude: ReadonlySet<string>): string | undefined {
    let best: string | undefined;
    let total = 0;
    for (const { name, weight } of all) {
      if (exclude.has(name)) continue;
      total += weight;
      this.#credit.set(name, (this.#credit.get(name) ?? 0) + weight);
      if (best === undefined || this.#credit.get(name)! > this.#credit.get(best)!) best = name;
    }
    if (best !== undefined) this.#credit.set(best, this.#credit.get(best)! - total);
    return best;
  }
}

test("it agrees with the naive algorithm, whoever is excluded when", () => {
  const names = ["a", "b", "c", "d", "e", "f"];
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
      fc.array(fc.subarray(names), { maxLength: 60 }),
      (weights, exclusions) => {
        const pool = makePool(weights.map((weight, index) => backend(names[index]!, { weight })));
        const picker = roundRobin();
        const naive = new Naive();
        for (const excluded of exclusions) {
          const exclude = new Set(excluded);
          assert.equal(picker.pick(pool, ask({ exclude }))?.name, naive.next(pool.up, exclude));
        }
      },
    ),
  );
});

test("a whole turn gives everybody exactly its weight", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }), (weights) => {
      const pool = makePool(weights.map((weight, index) => backend(`b${index}`, { weight })));
      const picker = roundRobin();
      const counts = weights.map(() => 0);
      const turn = weights.reduce((sum, weight) => sum + weight, 0);
      for (let pick = 0; pick < turn; pick++) {
        const { name } = picker.pick(pool, ask())!;
        counts[Number(name.slice(1))]!++;
      }
      assert.deepEqual(counts, weights);
    }),
  );
});

test("who takes over from one that always fails is shared by weight, not the next in the file", () => {
  const pool = weighted({ a: 1, b: 1, c: 1, d: 2 });
  const picker = roundRobin();
  const served: Record<string, number> = {};
  for (let request = 0; request < 5000; request++) {
    let picked = picker.pick(pool, ask())!;
    if (picked.name === "a") picked = picker.pick(pool, ask({ exclude: without("a") }))!;
    served[picked.name] = (served[picked.name] ?? 0) + 1;
  }
  assert.deepEqual(Object.keys(served).sort(), ["b", "c", "d"]);
  assert.ok(Math.abs(served.b! - 1250) <= 3 && Math.abs(served.c! - 1250) <= 3, JSON.stringify(served));
});

test("credits survive another pool: a state change elsewhere does not start the turn anew", () => {
  const picker = roundRobin();
  const pool = (up: boolean) => makePool([backend("a"), backend("b"), backend("c"), backend("d", { up })]);
  assert.equal(sequence(pool(false), 1, picker), "a");
  assert.equal(sequence(pool(false), 1, picker), "b");
  // A picker that forgot would begin with a again at each replacement and starve the others.
  let picks = "";
  for (let change = 0; change < 12; change++) picks += sequence(pool(change % 2 === 0), 1, picker);
  const counts = ["a", "b", "c"].map((name) => picks.split(name).length - 1);
  assert.ok(Math.min(...counts) >= 2, picks);
});

test("a weight that is lowered does not leave a long debt or credit behind", () => {
  const picker = roundRobin();
  sequence(weighted({ a: 1000, b: 1 }), 1, picker);
  const after = sequence(weighted({ a: 1, b: 1 }), 8, picker);
  assert.ok(after.split("a").length - 1 >= 3 && after.split("b").length - 1 >= 3, after);
});

test("shares are exact also across the point where credits are taken down", () => {
  const picker = roundRobin();
  const pool = weighted({ a: 5, b: 1, c: 1 });
  const counts = { a: 0, b: 0, c: 0 };
  const turns = Math.ceil(2 ** 20 / 7) + 1;
  for (let pick = 0; pick < turns * 7; pick++) counts[picker.pick(pool, ask())!.name as "a"]++;
  assert.deepEqual(counts, { a: turns * 5, b: turns, c: turns });
});
