// What holds for every algorithm. What each promises beyond it stands in its own test.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BackendLoad } from "./backend-load.ts";
import { makePool } from "./backend-pool.ts";
import { algorithms, makePicker } from "./make-picker.ts";
import type { BackendPool, BackendSnapshot } from "./picker.ts";
import { ask, backend, seeded, without } from "./pools.fixture.ts";

const names = Array.from({ length: 9 }, (_, index) => `b${index}`);
const backends: fc.Arbitrary<BackendPool> = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...names),
      weight: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.double({ min: -1, max: 20 }), fc.constant(NaN)),
      up: fc.boolean(),
      doubtful: fc.boolean(),
      openMs: fc.option(fc.nat(2000)),
      tunnels: fc.nat(4),
    }),
    { selector: ({ name }) => name, maxLength: names.length },
  )
  .map((list) =>
    makePool(
      list.map(({ openMs, tunnels, ...fields }): BackendSnapshot => {
        const load = new BackendLoad();
        for (let count = 0; count < tunnels; count++) {
          const tunnel = load.begin(0);
          if (openMs !== null) tunnel.opened(openMs);
        }
        return { ...fields, load };
      }),
    ),
  );
const step = fc.record({
  pool: backends,
  exclude: fc.uniqueArray(fc.constantFrom(...names)),
  key: fc.string(),
  seed: fc.nat(),
});

for (const algorithm of algorithms) {
  test(`${algorithm} never picks who is down or tried, and picks somebody whenever it can`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const picker = makePicker(algorithm);
        for (const { pool, exclude, key, seed } of steps) {
          const excluded = new Set(exclude);
          const request = ask({ key, exclude: excluded, random: seeded(seed), now: 5000 });
          const picked = picker.pick(pool, request);
          const left = pool.up.filter(({ name }) => !excluded.has(name));
          if (left.length === 0) assert.equal(picked, undefined);
          else assert.ok(picked !== undefined && left.includes(picked));
        }
      }),
    );
  });

  test(`${algorithm} explains what it would do, and explaining changes nothing`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const picker = makePicker(algorithm);
        const silent = makePicker(algorithm);
        for (const { pool, exclude, key, seed } of steps) {
          const request = (random: () => number) =>
            ask({ key, exclude: new Set(exclude), random, now: 5000 });
          const explained = picker.explain(
            pool,
            request(() => assert.fail("explain draws nothing")),
          );
          const picked = picker.pick(pool, request(seeded(seed)));
          assert.equal(picked, silent.pick(pool, request(seeded(seed))), "explaining changed the pick");
          if (explained.picked !== undefined) assert.equal(explained.picked, picked?.name);
          if (picked === undefined) assert.equal(explained.picked, undefined);
          assert.deepEqual(
            explained.candidates.map(({ name }) => name),
            pool.all.map(({ name }) => name),
          );
          for (const { up, excluded, score, why } of explained.candidates) {
            assert.equal(score === undefined, !up || excluded);
            assert.notEqual(why, "");
          }
          assert.notEqual(explained.reason, "");
        }
      }),
    );
  });

  test(`${algorithm} looks at a bounded number of 10,000 backends`, () => {
    let looks = 0;
    const counted = (name: string): BackendSnapshot => {
      const plain = backend(name);
      return {
        name,
        weight: 1,
        up: true,
        get load() {
          looks++;
          return plain.load;
        },
      };
    };
    const pool = makePool(Array.from({ length: 10_000 }, (_, index) => counted(`b${index}`)));
    const picker = makePicker(algorithm);
    picker.pick(pool, ask({ random: seeded(1) })); // what is prepared once for a pool
    const watched = { ...pool, up: countIndexing(pool.up, () => looks++) };
    picker.pick(watched, ask({ random: seeded(2) }));
    for (const key of ["a.example", "b.example"]) picker.pick(watched, ask({ key, random: seeded(3) }));
    looks = 0;
    const picks = 100;
    for (let pick = 0; pick < picks; pick++) {
      const key = pick % 2 === 0 ? "a.example" : "b.example";
      picker.pick(watched, ask({ key, random: seeded(pick) }));
    }
    assert.ok(looks > 0 && looks <= picks * 3 * 64, `${looks / picks} looks a pick`);
  });
}

const countIndexing = <T>(list: readonly T[], count: () => void): readonly T[] =>
  new Proxy(list, {
    get(target, key) {
      if (typeof key === "string" && /^\d+$/.test(key)) count();
      return Reflect.get(target, key);
    },
  });

test("two backends of one name are refused", () => {
  assert.throws(() => makePool([backend("a"), backend("a")]), /two backends are called "a"/);
});

test("first takes the order of the file, steps over the tried ones, and goes back", () => {
  const picker = makePicker("first");
  const pool = (...down: readonly string[]) =>
    makePool(["2", "10", "1"].map((name) => backend(name, { up: !down.includes(name) })));
  assert.equal(picker.pick(pool(), ask())?.name, "2");
  assert.equal(picker.pick(pool("2"), ask())?.name, "10");
  assert.equal(picker.pick(pool(), ask({ exclude: without("2", "10") }))?.name, "1");
  assert.equal(picker.pick(pool(), ask())?.name, "2");
});
