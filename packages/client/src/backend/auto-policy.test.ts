import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import fc from "fast-check";
import { type AutoProtocol, AutoRace, type AutoStep, autoTimesOf, QuicTrust } from "./auto-policy.ts";

const times = autoTimesOf(100);
const unreachable = new ProxyError("BACKEND_UNREACHABLE");
const words = (steps: readonly AutoStep[]): string =>
  steps.map((step) => `${step.kind} ${"protocol" in step ? step.protocol : step.error.code}`).join(", ");

test("QUIC runs alone for 250 ms, then HTTP/2 runs beside it; whoever is first is used", () => {
  const race = new AutoRace(times);
  assert.equal(words(race.begin("quic", 1000)), "try quic");
  assert.equal(race.wakeAt, 1250);
  assert.equal(words(race.tick(1249)), "");
  assert.equal(words(race.tick(1250)), "try http2");
  assert.equal(race.wakeAt, undefined);
  assert.equal(words(race.opened("http2")), "use http2");
  assert.equal(race.isOver, true);
});

test("QUIC that is there in time leaves nothing to HTTP/2, and ends it where it is first", () => {
  const alone = new AutoRace(times);
  alone.begin("quic", 0);
  assert.equal(words(alone.opened("quic")), "use quic");
  assert.equal(alone.wakeAt, undefined);
  const both = new AutoRace(times);
  both.begin("quic", 0);
  both.tick(250);
  assert.equal(words(both.opened("quic")), "abandon http2, use quic");
});

test("QUIC that fails at once gives HTTP/2 its turn at once", () => {
  const race = new AutoRace(times);
  race.begin("quic", 0);
  assert.equal(words(race.failed("quic", unreachable, 5)), "try http2");
  assert.equal(race.wakeAt, undefined);
  assert.equal(words(race.opened("http2")), "use http2");
});

test("where HTTP/2 failed, QUIC has a second left; longer where the server is far", () => {
  const race = new AutoRace(times);
  race.begin("quic", 0);
  race.tick(250);
  assert.equal(words(race.failed("http2", unreachable, 260)), "");
  assert.equal(race.wakeAt, 1260);
  assert.equal(words(race.tick(1260)), "abandon quic, fail BACKEND_UNREACHABLE");
  assert.equal(autoTimesOf(800).graceMs, 4000);
});

test("HTTP/2 that leads and fails leaves the race to QUIC", () => {
  const race = new AutoRace(times);
  assert.equal(words(race.begin("http2", 0)), "try http2");
  assert.equal(race.wakeAt, undefined);
  assert.equal(words(race.failed("http2", unreachable, 10)), "try quic");
  assert.equal(words(race.opened("quic")), "use quic");
});

test("of two failures the one is told that says more", () => {
  for (const telling of ["quic", "http2"] as const) {
    const race = new AutoRace(times);
    race.begin("quic", 0);
    const error = (protocol: AutoProtocol): ProxyError =>
      new ProxyError(protocol === telling ? "CERTIFICATE_REFUSED" : "BACKEND_UNREACHABLE");
    race.failed("quic", error("quic"), 1);
    assert.equal(words(race.failed("http2", error("http2"), 2)), "fail CERTIFICATE_REFUSED");
  }
});

test("every race ends, once, with a connection that was opened or with an error", () => {
  const fate = fc.record({ takesMs: fc.nat(5000), succeeds: fc.boolean() });
  fc.assert(
    fc.property(fate, fate, fc.constantFrom("quic" as const, "http2" as const), (quic, http2, leading) => {
      const fates = { quic, http2 };
      const race = new AutoRace(times);
      const due = new Map<AutoProtocol, number>();
      const endings: AutoStep[] = [];
      const take = (steps: readonly AutoStep[], now: number): void => {
        for (const step of steps) {
          if (step.kind === "try") due.set(step.protocol, now + fates[step.protocol].takesMs);
          else if (step.kind === "abandon") due.delete(step.protocol);
          else endings.push(step);
        }
      };
      take(race.begin(leading, 0), 0);
      for (let now = 0; now <= 12_000 && !race.isOver; now++) {
        take(race.tick(now), now);
        for (const [protocol, at] of [...due]) {
          if (race.isOver || at > now) continue;
          due.delete(protocol);
          const steps = fates[protocol].succeeds
            ? race.opened(protocol)
            : race.failed(protocol, unreachable, now);
          take(steps, now);
        }
      }
      assert.equal(endings.length, 1);
      const [end] = endings;
      if (end?.kind === "use") assert.ok(fates[end.protocol].succeeds);
      else assert.ok(!http2.succeeds);
    }),
  );
});

test("QUIC is tried again after waits that grow to a minute, and anew from the start once it was steady", () => {
  const trust = new QuicTrust();
  const middle = (): number => 0.5;
  const waits = Array.from({ length: 14 }, (_, index) => trust.failed(index, middle));
  assert.ok(waits[0]! <= 600 && waits[1]! > waits[0]!, `${waits}`);
  assert.ok(waits.at(-1)! >= 48_000 && waits.at(-1)! <= 60_000, `${waits}`);
  trust.opened(1_000_000);
  assert.ok(trust.failed(1_010_000, middle) > 48_000, "ten seconds are not steady");
  trust.opened(2_000_000);
  assert.ok(trust.failed(2_060_000, middle) <= 600);
});

test("QUIC whose connections fall silent does not lead until its wait is over", () => {
  const trust = new QuicTrust();
  const random = (): number => 0.5;
  assert.equal(trust.mayLead(0), true);
  trust.opened(0);
  trust.silent(1000, random);
  const first = trust.barredMs(1000);
  assert.ok(first > 0 && !trust.mayLead(1000 + first - 1) && trust.mayLead(1000 + first));
  trust.opened(3000);
  trust.silent(5000, random);
  assert.ok(trust.barredMs(5000) > first);
});
