import { setTimeout as sleep } from "node:timers/promises";
import { phases } from "../byte-pattern.ts";
import { ask, connectHead, openWire, tunnelDoors } from "../open-wire.ts";
import { Untrue } from "../untrue.ts";
import { Wire } from "../wire.ts";
import type { Workload } from "../workload.ts";

/** The application goes away in the middle of something, with RST or without reading. */
const abort: Workload = {
  name: "abort",
  weight: 3,
  run: async ({ random, proxy, bytes }) => {
    using wire = await openWire(random.pick(tunnelDoors), proxy, bytes);
    const [phase, count] = [random.integer(0, phases - 1), random.logInteger(10_000, 4_000_000)];
    const part = random.integer(0, count);
    const down = random.chance(0.5);
    await wire.write(`${down ? "down" : "up"} ${phase} ${count}\n`);
    if (down) await wire.readPattern(phase, part);
    else await wire.writePattern(phase, part);
    if (random.chance(0.7)) wire.reset();
  },
};

/** The target breaks off: the application must see that, and not a clean end. */
const brokenOff: Workload = {
  name: "target resets",
  weight: 1.5,
  run: async ({ random, proxy, bytes }) => {
    using wire = await openWire(random.pick(tunnelDoors), proxy, bytes);
    const [phase, count] = [random.integer(0, phases - 1), random.logInteger(1, 300_000)];
    await wire.write(`reset ${phase} ${count}\n`);
    const end = await wire.readPattern(phase, count + 1).then(
      () => "more bytes than there are",
      (error: unknown) => error,
    );
    if (end instanceof Untrue || typeof end === "string") throw end instanceof Untrue ? end : new Untrue(end);
    if ((end as NodeJS.ErrnoException).code !== "ECONNRESET") throw end;
  },
};

/** Nobody waits for the answer; half of the time the target would not have given one. */
const cancel: Workload = {
  name: "cancel",
  weight: 3,
  run: async ({ random, proxy, bytes, silent }) => {
    using wire = await Wire.connect(proxy);
    const hangs = random.chance(0.4);
    await wire.write(connectHead(hangs ? silent : bytes));
    await sleep(random.integer(0, hangs ? 400 : 8));
    if (random.chance(0.5)) wire.reset();
  },
};

/** Targets that refuse, that are forbidden here or there, and requests that are none. */
const refusals: Workload = {
  name: "refused",
  weight: 2,
  run: async ({ random, proxy, nobody }) => {
    const [target, http, socks] = random.pick([
      [nobody, 502, 5],
      ["127.4.0.1:80", 403, 2],
      ["169.254.169.254:80", 403, 2],
      ["127.0.0.1:99999", 400, undefined],
    ] as const);
    const door = socks === undefined || random.chance(0.6) ? "connect" : "socks5";
    const { wire, said } = await ask(door, proxy, target);
    wire.socket.destroy();
    const expected = door === "connect" ? http : socks;
    if (said === expected) return;
    const sentence = `${door} to ${target} is answered with ${said} instead of ${expected}`;
    throw said === 200 || said === 0 ? new Untrue(sentence) : new Error(sentence);
  },
};

export const interruptionWorkloads: readonly Workload[] = [abort, brokenOff, cancel, refusals];
