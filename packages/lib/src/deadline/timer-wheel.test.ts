import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TimerWheel, WheelTimer } from "./timer-wheel.ts";

class Probe extends WheelTimer {
  readonly times: number[] = [];
  readonly wheel: TimerWheel;
  whenExpired: (() => void) | undefined;

  constructor(wheel: TimerWheel) {
    super();
    this.wheel = wheel;
  }

  expired(): void {
    this.times.push(this.wheel.now);
    this.whenExpired?.();
  }
}

const run = (wheel: TimerWheel, ticks: number) => {
  for (let tick = 0; tick < ticks; tick++) wheel.tick();
};

test("a deadline comes at its step, beyond a turn of the wheel too", () => {
  const wheel = new TimerWheel(500, 8);
  const [soon, late] = [new Probe(wheel), new Probe(wheel)];
  wheel.arm(soon, 3);
  wheel.arm(late, 29);
  run(wheel, 40);
  assert.deepEqual([soon.times, late.times, wheel.armed], [[3], [29], 0]);
});

test("milliseconds are rounded up and are never early", () => {
  const wheel = new TimerWheel(500);
  assert.deepEqual([wheel.ticksOf(1), wheel.ticksOf(500), wheel.ticksOf(501)], [2, 2, 3]);
});

test("arming again moves it, disarming stops it, both at any time", () => {
  const wheel = new TimerWheel(500, 8);
  const [moved, stopped, victim] = [new Probe(wheel), new Probe(wheel), new Probe(wheel)];
  wheel.arm(moved, 2);
  wheel.arm(moved, 5);
  wheel.arm(stopped, 2);
  wheel.disarm(stopped);
  wheel.disarm(stopped);
  const killer = new Probe(wheel);
  killer.whenExpired = () => {
    wheel.disarm(victim);
    wheel.arm(killer, 8);
    killer.whenExpired = undefined;
  };
  wheel.arm(killer, 4);
  wheel.arm(victim, 4);
  run(wheel, 20);
  assert.deepEqual([moved.times, stopped.times, victim.times, killer.times], [[5], [], [], [4, 12]]);
});

test("any order of arming and disarming expires what is armed, once, at its time", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("arm" as const), timer: fc.nat(5), ticks: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ do: fc.constant("disarm" as const), timer: fc.nat(5) }),
    fc.record({ do: fc.constant("tick" as const), times: fc.integer({ min: 1, max: 20 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const wheel = new TimerWheel(500, 8);
      const probes = Array.from({ length: 6 }, () => new Probe(wheel));
      const expected: number[][] = probes.map(() => []);
      const due: (number | undefined)[] = probes.map(() => undefined);
      const tick = () => {
        wheel.tick();
        for (const [index, at] of due.entries()) {
          if (at !== wheel.now) continue;
          expected[index]!.push(at);
          due[index] = undefined;
        }
      };
      for (const action of steps) {
        if (action.do === "arm") {
          wheel.arm(probes[action.timer]!, action.ticks);
          due[action.timer] = wheel.now + action.ticks;
        } else if (action.do === "disarm") {
          wheel.disarm(probes[action.timer]!);
          due[action.timer] = undefined;
        } else for (let times = 0; times < action.times; times++) tick();
      }
      assert.deepEqual(
        probes.map((probe) => probe.times),
        expected,
      );
      assert.equal(wheel.armed, due.filter((at) => at !== undefined).length);
    }),
  );
});
