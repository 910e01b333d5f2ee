import assert from "node:assert/strict";
import { test } from "node:test";
import { errorCodes } from "@octoproxy/lib/error/codes";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import fc from "fast-check";
import { Failover } from "./failover-policy.ts";
import type { FailoverStep } from "./failover-step.ts";
import { type Behaviour, type Outcome, play } from "./failover-world.fixture.ts";

const fine: Behaviour = { answersAfter: 40, pongAfter: 10 };
const dead: Behaviour = {};
/** Its pings are answered, the target's answer takes long. */
const slow = (answersAfter?: number, code?: Behaviour["code"]): Behaviour => ({
  pongAfter: 10,
  ...(answersAfter === undefined ? {} : { answersAfter }),
  ...(code === undefined ? {} : { code }),
});
const says = (code: Behaviour["code"] & string, answersAfter = 5): Behaviour => slow(answersAfter, code);

const assertOutcome = (outcome: Outcome, expected: Partial<Outcome>): void => {
  for (const [key, value] of Object.entries(expected)) {
    assert.deepEqual(outcome[key as keyof Outcome], value, `${key} of ${JSON.stringify(outcome)}`);
  }
};

test("a backend that answers is the only one that is asked", () => {
  const attempts = [{ backend: "a", code: undefined, ms: 40 }];
  assertOutcome(play({ a: fine, b: fine }), {
    result: "a",
    at: 40,
    opens: ["a"],
    pings: [],
    charges: [],
    attempts,
  });
});

for (const code of ["BACKEND_LOST", "BACKEND_UNREACHABLE", "INTERNAL", "PROTOCOL_ERROR"] as const) {
  test(`${code}: the next one is asked at once, the first is charged`, () => {
    assertOutcome(play({ a: says(code), b: fine }), {
      result: "b",
      at: 45,
      opens: ["a", "b"],
      charges: ["a"],
    });
  });
}

for (const code of ["DRAINING", "CLIENT_LIMIT", "BACKEND_DRAINING", "STREAM_LIMIT"] as const) {
  test(`${code}: the next one is asked at once, nobody is charged, however many decline`, () => {
    const busy = says(code);
    const world = { a: busy, b: busy, c: busy, d: busy, e: fine };
    assertOutcome(play(world), { result: "e", at: 60, charges: [] });
    assertOutcome(play({ a: busy, b: busy }), { result: code, charges: [] });
  });
}

const targetCodes = (Object.keys(errorCodes) as (keyof typeof errorCodes)[]).filter(
  (code) => ["target", "policy"].includes(errorCodes[code].fault) && !errorCodes[code].retry,
);
for (const code of targetCodes) {
  test(`${code}: the target's answer is final, nobody else is asked or charged`, () => {
    assertOutcome(play({ a: says(code), b: fine }), { result: code, at: 5, opens: ["a"], charges: [] });
  });
}

test("at most three are asked when they fail; the last one's reason is the answer", () => {
  const broken = says("BACKEND_LOST");
  const world = { a: broken, b: broken, c: says("INTERNAL"), d: fine };
  assertOutcome(play(world), {
    result: "INTERNAL",
    at: 15,
    opens: ["a", "b", "c"],
    charges: ["a", "b", "c"],
  });
});

test("silence: a ping after 1 s, gone 1 s later, then the next one", () => {
  const expected = { result: "b", at: 2040, pings: ["a"], gone: ["a"], charges: ["a"], widest: 1 };
  assertOutcome(play({ a: dead, b: fine }), expected);
});

test("two silent ones cost two seconds each", () => {
  assertOutcome(play({ a: dead, b: dead, c: fine }), { result: "c", at: 4040, gone: ["a", "b"] });
});

test("a slow target: another is tried beside at 3 s, the first positive answer wins", () => {
  assertOutcome(play({ a: slow(2500), b: fine }), { result: "a", at: 2500, opens: ["a"], charges: [] });
  const beside = { result: "a", at: 3020, opens: ["a", "b"], widest: 2, charges: [], gone: [] };
  assertOutcome(play({ a: slow(3020), b: fine }), beside);
});

test("the first is charged where the other connected to the same target and it did not", () => {
  assertOutcome(play({ a: slow(), b: fine }), { result: "b", at: 3040, charges: ["a"], gone: [] });
  const late = { ...slow(3030, "CONNECTION_TIMEOUT") };
  assertOutcome(play({ a: late, b: fine }), { result: "b", at: 3040, charges: ["a"] });
});

test("it is not charged where the target answered it, nor the second where the first won", () => {
  const refused = slow(3030, "CONNECTION_REFUSED");
  assertOutcome(play({ a: refused, b: fine }), { result: "b", at: 3040, charges: [] });
  assertOutcome(play({ a: slow(5000), b: slow() }), { result: "a", at: 5000, charges: [] });
});

test("a slow target that never answers is the target's failure at the deadline, and nobody is charged", () => {
  const result = { result: "CONNECTION_TIMEOUT", at: 10_000, charges: [], gone: [], opens: ["a", "b"] };
  assertOutcome(play({ a: slow(), b: slow(), c: fine }), result);
});

test("a full accept backlog: the servers' own 504 after 7 s is held for the other's answer, nobody is charged", () => {
  const full = slow(7000, "CONNECTION_TIMEOUT");
  const result = { result: "CONNECTION_TIMEOUT", at: 10_000, charges: [], gone: [] };
  assertOutcome(play({ a: full, b: full, c: full }), result);
  assertOutcome(play({ a: full }), { ...result, at: 7000 });
});

test("a target's error of one is final once the other has answered", () => {
  const world = { a: slow(6000, "DNS_ERROR"), b: slow(1000, "CONNECTION_REFUSED"), c: fine };
  assertOutcome(play(world), { result: "CONNECTION_REFUSED", at: 6000, opens: ["a", "b"], charges: [] });
  const lost = { a: slow(6000, "BACKEND_LOST"), b: slow(1000, "CONNECTION_REFUSED"), c: fine };
  assertOutcome(play(lost), { result: "CONNECTION_REFUSED", at: 6000, opens: ["a", "b"], charges: ["a"] });
});

test("a second that dies while the first is slow is replaced only where nobody is left", () => {
  const world = { a: slow(5000), b: says("BACKEND_LOST"), c: fine };
  assertOutcome(play(world), { result: "a", at: 5000, opens: ["a", "b"], charges: ["b"] });
  const both = { a: slow(5000, "BACKEND_LOST"), b: says("BACKEND_LOST"), c: fine };
  assertOutcome(play(both), { result: "c", at: 5040, charges: ["b", "a"] });
});

test("one that is left alone by the failure of the other gets company at once where it was slow before", () => {
  const world = { a: slow(6500, "BACKEND_LOST"), b: slow(), c: fine };
  assertOutcome(play(world), {
    result: "c",
    at: 6540,
    opens: ["a", "b", "c"],
    charges: ["a", "b"],
    widest: 2,
  });
  const nobodyElse = { b0: { pongAfter: 0, upAt: 1000 }, b1: slow(6001, "CERTIFICATE_REFUSED") };
  assertOutcome(play(nobodyElse), { result: "CONNECTION_TIMEOUT", at: 10_000, charges: ["b1"] });
});

test("one that came after a dead one and finds a slow target gets company too", () => {
  assertOutcome(play({ a: dead, b: slow(), c: fine }), { result: "c", at: 5040, charges: ["a", "b"] });
});

test("where nobody is up a request waits 2.5 s for one, and no longer", () => {
  assertOutcome(play({ a: { ...fine, upAt: 2000 } }), { result: "a", at: 2040 });
  assertOutcome(play({ a: { ...fine, upAt: 2501 } }), { result: "NO_BACKEND", at: 2500, opens: [] });
  assertOutcome(play({ a: says("BACKEND_LOST"), b: { ...fine, upAt: 1000 } }), { result: "b", at: 1040 });
  assertOutcome(play({ a: says("BACKEND_LOST"), b: { upAt: 9000 } }), { result: "BACKEND_LOST", at: 2505 });
  assertOutcome(play({ a: says("BACKEND_LOST") }), { result: "BACKEND_LOST", at: 5 });
  assertOutcome(play({}), { result: "NO_BACKEND", at: 0 });
});

test("where the last hope goes while a request waits, it is answered at once", () => {
  let hope = true;
  const failover = new Failover({ pick: () => undefined, hope: () => hope }, 0);
  assert.deepEqual(failover.begin(0), [{ kind: "await_backend" }]);
  assert.deepEqual(failover.backendsChanged(100), []);
  hope = false;
  assert.deepEqual(
    failover.backendsChanged(200).map(({ kind }) => kind),
    ["refuse"],
  );
});

test("a process that slept through a ping's answer does not blame the backend", () => {
  const sleep = [{ from: 1500, to: 8000 }];
  assertOutcome(play({ a: slow(1700), b: fine }, sleep), { gone: [], charges: [], result: "a" });
  assertOutcome(play({ a: dead, b: fine }, sleep), { result: "b", at: 9040, gone: ["a"] });
});

test("an application that goes away leaves no stream, a tunnel that opens too late is reset", () => {
  const failover = new Failover({ pick: () => "a", hope: () => false }, 0);
  failover.begin(0);
  assert.deepEqual(failover.giveUp(10), [{ kind: "cancel", backend: "a" }]);
  assert.deepEqual(failover.giveUp(11), []);
  assert.equal(failover.wakeAt, undefined);
  assert.deepEqual(failover.opened("a", 12), [{ kind: "cancel", backend: "a" }]);
  assert.deepEqual(failover.failed("a", new ProxyError("BACKEND_LOST"), 12), []);
  assert.deepEqual(
    [failover.pong("a", 12), failover.tick(20_000), failover.backendsChanged(12)],
    [[], [], []],
  );
});

test("reports about backends that were not asked, and ticks before their time, change nothing", () => {
  const failover = new Failover({ pick: () => "a", hope: () => false }, 0);
  failover.begin(0);
  const nothing: readonly FailoverStep[] = [];
  assert.deepEqual(failover.pong("a", 5), nothing);
  assert.deepEqual(failover.pong("x", 5), nothing);
  assert.deepEqual(failover.failed("x", new ProxyError("BACKEND_LOST"), 5), nothing);
  assert.deepEqual(failover.backendsChanged(5), nothing);
  assert.deepEqual(failover.tick(999), nothing);
  assert.deepEqual(failover.tick(1000), [{ kind: "ping", backend: "a" }]);
});

/** Every promise that holds whatever the backends do. */
const assertPromises = (world: Readonly<Record<string, Behaviour>>, outcome: Outcome): void => {
  const { result, at, charges, opens, widest, gone, attempts } = outcome;
  assert.ok(at <= 10_000 && widest <= 2);
  const behaviours = opens.map((name) => world[name]!);
  const costly = behaviours.filter(
    ({ code }) => code === undefined || !errorCodes[code].retry || errorCodes[code].charged,
  );
  assert.ok(costly.length <= 3, "more than three attempts");
  if (result in world) assert.equal(world[result]!.code, undefined);
  assert.equal(new Set(charges).size, charges.length, "charged twice");
  for (const name of charges) {
    const code = attempts.find(({ backend }) => backend === name)!.code!;
    const silent = code === "BACKEND_TIMEOUT" && (world[name]!.pongAfter ?? Infinity) >= 1000;
    const beaten = result in world && /TIMEOUT/.test(code);
    assert.ok(errorCodes[code].charged || beaten, `${name} is charged for ${code}`);
    if (code === "BACKEND_TIMEOUT" && world[name]!.code !== code) assert.ok(silent || beaten);
    assert.ok(name !== result);
  }
  for (const name of gone) assert.ok(charges.includes(name) && (world[name]!.pongAfter ?? Infinity) >= 1000);
};

const kinds: readonly Behaviour[] = [
  fine,
  dead,
  slow(),
  slow(4000),
  { answersAfter: 1500 },
  says("CONNECTION_REFUSED"),
  says("CONNECTION_TIMEOUT", 7000),
  slow(3500, "TARGET_PROHIBITED"),
  says("BACKEND_LOST"),
  slow(3600, "BACKEND_LOST"),
  says("DRAINING"),
  { ...fine, upAt: 1200 },
  { ...dead, upAt: 2600 },
];

test(`every combination of ${kinds.length} behaviours of three backends keeps every promise`, () => {
  let played = 0;
  for (const a of kinds) {
    for (const b of kinds) {
      for (const c of kinds) {
        const world = { a, b, c };
        assertPromises(world, play(world));
        played++;
      }
    }
  }
  assert.equal(played, kinds.length ** 3);
});

test("one backend that is well and is asked among the first three saves the request, unless the target spoke", () => {
  for (const a of kinds) {
    for (const b of kinds) {
      for (const world of [
        { a, b, c: fine },
        { a, c: fine, b },
        { c: fine, a, b },
      ]) {
        const outcome = play(world);
        const { result } = outcome;
        if (result in world) continue;
        const target = errorCodes[result as keyof typeof errorCodes];
        assert.equal(target.retry, false, `${JSON.stringify(world)}: ${JSON.stringify(outcome)}`);
        assert.ok(["target", "policy"].includes(target.fault));
      }
    }
  }
});

test("any behaviour of any number of backends keeps every promise", () => {
  const time = fc.option(fc.oneof(fc.nat(12_000), fc.constantFrom(1000, 2000, 3000, 10_000)), {
    nil: undefined,
  });
  const codes = Object.keys(errorCodes) as (keyof typeof errorCodes)[];
  const behaviour = fc.record(
    {
      answersAfter: time,
      pongAfter: time,
      upAt: time,
      code: fc.option(fc.constantFrom(...codes), { nil: undefined }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(behaviour, { maxLength: 6 }), (behaviours) => {
      const world = Object.fromEntries(behaviours.map((one, index) => [`b${index}`, one as Behaviour]));
      assertPromises(world, play(world));
    }),
    { numRuns: 2000 },
  );
});
