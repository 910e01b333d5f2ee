import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BackendLoad, LoadTable } from "./backend-load.ts";
import { makePool } from "./backend-pool.ts";
import { makePicker } from "./make-picker.ts";
import { PeakEwma } from "./peak-ewma.ts";
import type { Algorithm } from "./picker.ts";
import { ask, backend, seeded, without } from "./pools.fixture.ts";

test("a peak counts at once, a better sample only with time, and the cost sinks in between", () => {
  const cost = new PeakEwma(10_000);
  assert.equal(cost.at(0), undefined);
  cost.observe(50, 0);
  assert.equal(cost.at(0), 50);
  cost.observe(200, 10);
  assert.equal(cost.at(10), 200);
  cost.observe(50, 10);
  assert.equal(cost.at(10), 200, "no time has passed");
  cost.observe(50, 10_010);
  assert.ok(Math.abs(cost.at(10_010)! - (50 + 150 / Math.E)) < 1e-9);
  assert.ok(Math.abs(cost.at(20_010)! - (50 + 150 / Math.E) / Math.E) < 1e-9);
});

test("a cost stays between 0 and the worst sample, whatever the clock does", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(60_000), fc.nat(100_000)), { minLength: 1 }), (samples) => {
      const cost = new PeakEwma();
      let worst = 0;
      for (const [duration, now] of samples) {
        worst = Math.max(worst, duration);
        cost.observe(duration, now);
        const at = cost.at(now)!;
        assert.ok(at >= 0 && at <= worst + 1e-6);
      }
    }),
  );
});

test("the count of tunnels goes up once and down once, whatever is reported in whatever order", () => {
  const report = fc.constantFrom("opened", "closed", "failed");
  fc.assert(
    fc.property(fc.array(fc.array(report)), (tunnels) => {
      const load = new BackendLoad();
      for (const reports of tunnels) {
        const before = load.active;
        const tunnel = load.begin(0);
        assert.equal(load.active, before + 1);
        for (const word of reports) {
          if (word === "closed") tunnel.closed();
          else tunnel[word](1, 10);
        }
        tunnel.closed();
        assert.equal(load.active, before);
        assert.equal(load.pending, 0);
      }
    }),
  );
});

test("a quick failure is charged as the timeout, a given-up attempt not at all", () => {
  const load = new BackendLoad();
  load.begin(0).closed();
  assert.equal(load.costMs(0), undefined);
  load.begin(0).failed(2, 10_000);
  assert.equal(load.costMs(2), 10_000);
});

test("loads belong to names: a reload keeps those that stay", () => {
  const table = new LoadTable();
  const kept = table.of("a");
  const gone = table.of("b");
  table.retain(without("a", "c"));
  assert.equal(table.of("a"), kept);
  assert.notEqual(table.of("b"), gone);
});

for (const algorithm of ["least_loaded_time", "p2c"] as const) {
  test(`${algorithm}: an unproven backend is probed by one tunnel; the crowd waits for its result`, () => {
    const pool = makePool([backend("proven"), backend("new")]);
    const [proven, fresh] = pool.up.map(({ load }) => load as BackendLoad);
    proven!.begin(0).opened(40);
    const picker = makePicker(algorithm);
    const random = seeded(1);
    assert.equal(picker.pick(pool, ask({ now: 50, random }))?.name, "new");
    const probe = fresh!.begin(50);
    for (let more = 0; more < 20; more++) {
      assert.equal(picker.pick(pool, ask({ now: 51, random }))?.name, "proven");
      proven!.begin(51);
    }
    probe.opened(55);
    assert.equal(picker.pick(pool, ask({ now: 56, random }))?.name, "new");
  });

  test(`${algorithm}: where all are unproven the first tunnels go to different ones`, () => {
    const pool = makePool(["a", "b", "c"].map((name) => backend(name)));
    const picker = makePicker(algorithm);
    const random = seeded(5);
    for (let tunnel = 0; tunnel < 9; tunnel++) {
      (picker.pick(pool, ask({ random }))!.load as BackendLoad).begin(0);
    }
    const pending = pool.up.map(({ load }) => load.pending);
    assert.ok(Math.max(...pending) - Math.min(...pending) <= (algorithm === "p2c" ? 2 : 0), `${pending}`);
  });

  test(`${algorithm}: the slow one gets little, the one that fails fast gets next to nothing`, () => {
    const behaviour = { fast: 20, slow: 200, broken: "fails" } as const;
    const pool = makePool(Object.keys(behaviour).map((name) => backend(name)));
    const counts = simulate(algorithm, pool, behaviour, 3000);
    assert.ok(counts.slow! < counts.fast! / 2, JSON.stringify(counts));
    assert.ok(counts.broken! < 60, JSON.stringify(counts));
  });

  test(`${algorithm}: one that is doubtful is left alone while there is another`, () => {
    const picker = makePicker(algorithm);
    const pool = makePool([backend("a", { doubtful: true }), backend("b")]);
    (pool.up[1]!.load as BackendLoad).begin(0).opened(9000);
    const random = seeded(3);
    for (let pick = 0; pick < 50; pick++) assert.equal(picker.pick(pool, ask({ random }))?.name, "b");
    assert.equal(picker.pick(pool, ask({ random, exclude: without("b") }))?.name, "a");
  });
}

/** One request each 10 ms for a while; tunnels live a second. Counts who was picked. */
const simulate = (
  algorithm: Algorithm,
  pool: ReturnType<typeof makePool>,
  behaviour: Readonly<Record<string, number | "fails">>,
  requests: number,
): Record<string, number> => {
  const picker = makePicker(algorithm);
  const random = seeded(11);
  const later: { at: number; run: (now: number) => void }[] = [];
  const counts: Record<string, number> = Object.fromEntries(pool.up.map(({ name }) => [name, 0]));
  for (let request = 0; request < requests; request++) {
    const now = request * 10;
    for (const due of later.filter(({ at }) => at <= now)) {
      later.splice(later.indexOf(due), 1);
      due.run(due.at);
    }
    const picked = picker.pick(pool, ask({ now, random }))!;
    counts[picked.name]!++;
    const tunnel = (picked.load as BackendLoad).begin(now);
    const does = behaviour[picked.name]!;
    if (does === "fails") later.push({ at: now + 1, run: (at) => tunnel.failed(at, 10_000) });
    else {
      later.push({ at: now + does, run: (at) => tunnel.opened(at) });
      later.push({ at: now + does + 1000, run: () => tunnel.closed() });
    }
  }
  return counts;
};

test("least_connections fills by weight and prefers whoever is freed", () => {
  const pool = makePool([backend("a", { weight: 3 }), backend("b")]);
  const picker = makePicker("least_connections");
  const random = seeded(2);
  const tunnels = Array.from({ length: 400 }, () => {
    const picked = picker.pick(pool, ask({ random }))!;
    return { name: picked.name, load: (picked.load as BackendLoad).begin(0) };
  });
  assert.equal(pool.up[0]!.load.active, 300);
  for (const { name, load } of tunnels.filter(({ name }) => name === "b").slice(0, 10)) {
    assert.equal(name, "b");
    load.closed();
  }
  for (let pick = 0; pick < 10; pick++) {
    const picked = picker.pick(pool, ask({ random }))!;
    assert.equal(picked.name, "b");
    (picked.load as BackendLoad).begin(0);
  }
});
