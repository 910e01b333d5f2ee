import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Arrivals } from "./arrivals.ts";

test("packets arrive in the order of their times, each once, none early", () => {
  const times = fc.array(fc.integer({ min: 0, max: 50 }));
  fc.assert(
    fc.property(times, times, (sent, looks) => {
      const arrivals = new Arrivals<readonly [at: number, index: number]>();
      const sorted = sent.map((at, index) => [at, index] as const).sort(([a], [b]) => a - b);
      sent.forEach((at, index) => {
        const soonest = arrivals.next;
        assert.equal(arrivals.add(at, [at, index]), soonest === undefined || at < soonest);
      });
      const seen = [];
      for (const now of [...looks.sort((a, b) => a - b), 50]) {
        assert.equal(arrivals.next, sorted[seen.length]?.[0]);
        seen.push(...arrivals.take(now));
        assert.equal(seen.length, sorted.filter(([at]) => at <= now).length);
      }
      assert.deepEqual(seen, sorted);
      assert.equal(arrivals.next, undefined);
    }),
  );
});
