import assert from "node:assert/strict";
import { test } from "node:test";
import { BackendLoad } from "@octoproxy/lib/balance/backend-load";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import fc from "fast-check";
import { initialState, transition } from "./backend-state.ts";
import { type FleetMember, OutlierPolicy } from "./outlier-policy.ts";
import { type PoolMember, poolOf } from "./pool-policy.ts";

const fleet = (...names: readonly string[]): FleetMember[] => names.map((name) => ({ name, up: true }));
const failTimes = (
  policy: OutlierPolicy,
  name: string,
  times: number,
  now: number,
  all: readonly FleetMember[],
) => {
  let ejection: ReturnType<OutlierPolicy["failed"]>;
  for (let count = 0; count < times; count++) ejection = policy.failed(name, now, all) ?? ejection;
  return ejection;
};

test("five failures in a row eject for 30 s; a success in between begins the count anew", () => {
  const policy = new OutlierPolicy();
  const all = fleet("a", "b");
  assert.equal(failTimes(policy, "a", 4, 0, all), undefined);
  policy.succeeded("a");
  assert.equal(failTimes(policy, "a", 4, 0, all), undefined);
  assert.deepEqual(failTimes(policy, "a", 1, 0, all), { backend: "a", untilMs: 30_000, count: 1 });
  assert.equal(policy.ejectedUntil("a", 29_999), 30_000);
  assert.equal(policy.ejectedUntil("a", 30_000), undefined);
});

test("each ejection is 30 s longer, 300 s at most; a calm time forgives", () => {
  const policy = new OutlierPolicy();
  const all = fleet("a", "b");
  let now = 0;
  const lengths: number[] = [];
  for (let time = 0; time < 12; time++) {
    const { untilMs } = failTimes(policy, "a", 5, now, all)!;
    lengths.push((untilMs - now) / 1000);
    now = untilMs;
  }
  assert.deepEqual(lengths, [30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300]);
  now += 30_000 * 11;
  assert.equal(failTimes(policy, "a", 5, now, all)!.count, 2);
  assert.equal(failTimes(policy, "a", 5, now + 1e9, all)!.count, 1);
});

test("the last one that is usable is never ejected, and of ten only one goes at a time", () => {
  const policy = new OutlierPolicy();
  assert.equal(failTimes(policy, "a", 50, 0, fleet("a")), undefined);
  const other = { name: "b", up: false };
  assert.equal(failTimes(policy, "a", 50, 0, [...fleet("a"), other]), undefined);
  const ten = fleet(..."abcdefghij");
  assert.ok(failTimes(policy, "a", 1, 0, ten), "the count was reached before, now it may go");
  assert.equal(failTimes(policy, "b", 50, 0, ten), undefined);
  assert.ok(failTimes(policy, "b", 1, 30_000, ten), "a is back");
});

test("whatever fails in whatever order, somebody who is up is left, and no more are out than may be", () => {
  const names = [..."abcdefghijklmnopqrstuvwxy"];
  const move = fc.record({
    who: fc.nat(24),
    what: fc.constantFrom("fails", "succeeds", "down", "up"),
    times: fc.integer({ min: 1, max: 6 }),
    passes: fc.nat(20_000),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 25 }), fc.array(move, { maxLength: 60 }), (size, moves) => {
      const policy = new OutlierPolicy();
      const all = names.slice(0, size).map((name) => ({ name, up: true }));
      let now = 0;
      for (const { who, what, times, passes } of moves) {
        now += passes;
        const member = all[who % size]!;
        if (what === "down" || what === "up") {
          member.up = what === "up";
          policy.reconnected(member.name, now);
        } else if (what === "succeeds") {
          policy.succeeded(member.name);
        } else {
          const usable = () =>
            all.filter(({ name, up }) => up && policy.ejectedUntil(name, now) === undefined);
          const before = usable().length;
          if (failTimes(policy, member.name, times, now, all)) assert.ok(usable().length >= 1);
          else assert.equal(usable().length, before);
        }
        const out = all.filter(({ name }) => policy.ejectedUntil(name, now) !== undefined);
        assert.ok(out.length <= Math.max(1, Math.floor(size / 10)));
      }
    }),
  );
});

test("failures of a backend without a connection, and of one that is ejected, do not count", () => {
  const policy = new OutlierPolicy();
  const down = [{ name: "a", up: false }, ...fleet("b", "c")];
  assert.equal(failTimes(policy, "a", 50, 0, down), undefined);
  assert.equal(failTimes(policy, "a", 4, 0, fleet("a", "b")), undefined);
  assert.ok(failTimes(policy, "a", 1, 0, fleet("a", "b")));
  assert.equal(failTimes(policy, "a", 50, 10, fleet("a", "b")), undefined);
  assert.equal(policy.failed("nobody", 0, fleet("a", "b")), undefined);
});

test("weight grows back in ten steps over ten seconds, and the next step is announced", () => {
  const policy = new OutlierPolicy();
  assert.equal(policy.nextChange(0), undefined);
  failTimes(policy, "a", 5, 0, fleet("a", "b"));
  assert.equal(policy.weightShare("b", 0), 1);
  assert.equal(policy.nextChange(0), 30_000);
  const shares: number[] = [];
  let now = 30_000;
  for (let next: number | undefined = now; next !== undefined; next = policy.nextChange(now)) {
    assert.ok(next === 30_000 || next > now);
    now = next;
    shares.push(policy.weightShare("a", now));
  }
  assert.deepEqual(shares, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1]);
  assert.equal(now, 40_000);
});

test("a new connection ends an ejection at once; the next one is longer all the same", () => {
  const policy = new OutlierPolicy();
  const all = fleet("a", "b");
  failTimes(policy, "a", 5, 0, all);
  policy.reconnected("a", 5000);
  assert.equal(policy.ejectedUntil("a", 5000), undefined);
  assert.equal(policy.weightShare("a", 5000), 1);
  assert.equal(policy.nextChange(5000), undefined);
  assert.equal(failTimes(policy, "a", 5, 6000, all)!.count, 2);
  policy.forget("a");
  assert.equal(failTimes(policy, "a", 5, 6000, all)!.count, 1);
  policy.retain(new Set(["b"]));
  assert.equal(policy.ejectedUntil("a", 6001), undefined);
});

const member = (name: string, fields: Partial<PoolMember> = {}): PoolMember => ({
  state: transition(initialState(name, false, 0), { kind: "connected", protocol: "http2" }, 0).state,
  weight: 2,
  doubtful: false,
  load: new BackendLoad(),
  ...fields,
});

test("the pool has the connected ones that are not ejected, with the weight of the moment", () => {
  const policy = new OutlierPolicy();
  const down = transition(
    member("c").state,
    { kind: "lost", error: new ProxyError("BACKEND_LOST") },
    0,
  ).state;
  const members = [member("a"), member("b"), member("c", { state: down })];
  const up = (now: number) => poolOf(members, policy, now).up.map(({ name, weight }) => [name, weight]);
  failTimes(policy, "a", 5, 0, fleet("a", "b"));
  assert.deepEqual(up(0), [["b", 2]]);
  assert.deepEqual(up(30_000), [
    ["a", 0.2],
    ["b", 2],
  ]);
  assert.deepEqual(up(60_000), [
    ["a", 2],
    ["b", 2],
  ]);
  assert.deepEqual(
    poolOf(members, policy, 0).all.map(({ name }) => name),
    ["a", "b", "c"],
  );
});

test("where everybody who is connected is ejected, ejection counts for nothing", () => {
  const policy = new OutlierPolicy();
  failTimes(policy, "a", 5, 0, fleet("a", "b"));
  const gone = transition(member("b").state, { kind: "disabled" }, 0).state;
  const pool = poolOf([member("a"), member("b", { state: gone })], policy, 1);
  assert.deepEqual(
    pool.up.map(({ name }) => name),
    ["a"],
  );
});
