import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type BookedTunnel, TunnelBook, tunnelOutcomes } from "./tunnel-book.ts";

const facts = (party: string) => ({ party, target: "a.example:443", openMs: 1 });
class Counts {
  bytesUp = 0;
  bytesDown = 0;
  destroy(): void {}
}

const operation = fc.oneof(
  fc.record({ kind: fc.constant("begin" as const), party: fc.constantFrom("a", "b", "c") }),
  fc.record({ kind: fc.constant("move" as const), which: fc.nat(50), up: fc.nat(1e6), down: fc.nat(1e6) }),
  fc.record({
    kind: fc.constant("end" as const),
    which: fc.nat(50),
    times: fc.integer({ min: 1, max: 3 }),
    outcome: fc.constantFrom("closed" as const, "broken" as const),
  }),
  fc.record({
    kind: fc.constant("refuse" as const),
    party: fc.constantFrom("a", "b", "c"),
    outcome: fc.constantFrom("refused" as const, "cancelled" as const),
  }),
  fc.record({ kind: fc.constant("tick" as const) }),
);

test("whatever happens in whatever order, gauges end at 0 and no byte or tunnel is lost or counted twice", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const book = new TunnelBook("down");
      const tunnels: { readonly tunnel: BookedTunnel; readonly counts: Counts; over: boolean }[] = [];
      const asked = { tunnels: 0, up: 0, down: 0 };
      let now = 0;
      for (const what of operations) {
        now += 10;
        if (what.kind === "tick") book.tick(now);
        else if (what.kind === "refuse") {
          book.refused(what.party, what.outcome);
          asked.tunnels++;
        } else if (what.kind === "begin") {
          const counts = new Counts();
          tunnels.push({ tunnel: book.begin(facts(what.party), counts), counts, over: false });
          asked.tunnels++;
        } else {
          const entry = tunnels[what.which % Math.max(1, tunnels.length)];
          if (entry === undefined) continue;
          if (what.kind === "end") {
            for (let time = 0; time < what.times; time++) entry.tunnel.end(what.outcome);
            entry.over = true;
          } else if (!entry.over) {
            entry.counts.bytesUp += what.up;
            entry.counts.bytesDown += what.down;
            asked.up += what.up;
            asked.down += what.down;
          }
        }
        assert.equal(book.active, tunnels.filter(({ over }) => !over).length);
      }
      for (const { tunnel } of tunnels) tunnel.end("closed");
      const totals = [...book.totals(now).values()];
      assert.equal(book.active, 0);
      for (const { active } of totals) assert.equal(active, 0);
      const sum = (pick: (total: (typeof totals)[number]) => number): number =>
        totals.reduce((all, total) => all + pick(total), 0);
      assert.equal(
        sum(({ ended }) => tunnelOutcomes.reduce((all, outcome) => all + ended[outcome], 0)),
        asked.tunnels,
      );
      assert.equal(
        sum(({ bytesIn }) => bytesIn),
        asked.down,
      );
      assert.equal(
        sum(({ bytesOut }) => bytesOut),
        asked.up,
      );
    }),
  );
});

test("rates are those of the last two ticks, of a tunnel and of its party; what ended counts on", () => {
  const book = new TunnelBook("up");
  const counts = new Counts();
  const tunnel = book.begin(facts("laptop"), counts);
  const from = Math.ceil(performance.now()) + 10;
  book.tick(from);
  book.tick(from + 1000);
  counts.bytesUp = 2000;
  counts.bytesDown = 500;
  book.tick(from + 2000);
  assert.deepEqual(book.traffic(tunnel, from + 2000), {
    bytesIn: 2000,
    bytesOut: 500,
    bytesInPerSecond: 2000,
    bytesOutPerSecond: 500,
  });
  tunnel.end("closed");
  const laptop = book.totals(from + 2000).get("laptop");
  assert.equal(laptop?.bytesInPerSecond, 2000);
  book.tick(from + 3000);
  book.tick(from + 4000);
  assert.equal(book.totals(from + 4000).get("laptop")?.bytesInPerSecond, 0);
});
