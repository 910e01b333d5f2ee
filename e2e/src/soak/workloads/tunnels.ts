import { setTimeout as sleep } from "node:timers/promises";
import { phases } from "../byte-pattern.ts";
import { openWire, tunnelDoors } from "../open-wire.ts";
import { Untrue } from "../untrue.ts";
import type { Surroundings, Workload } from "../workload.ts";

const most = 4_000_000;

const open = ({ random, proxy, bytes }: Surroundings) => openWire(random.pick(tunnelDoors), proxy, bytes);

/** The target sends and ends, the application ends after it. */
const download: Workload = {
  name: "download",
  weight: 4,
  run: async (around) => {
    const { random } = around;
    using wire = await open(around);
    const [phase, count] = [random.integer(0, phases - 1), random.logInteger(1, most)];
    const pauseMs = random.chance(0.15) && count < 1_000_000 ? random.integer(1, 20) : 0;
    await wire.write(`down ${phase} ${count}\n`);
    await wire.readPattern(phase, count, pauseMs);
    await wire.expectEnd();
    wire.end();
    around.moved(count);
  },
};

/** The application sends and ends; what the target says of it comes the other way, after that FIN. */
const upload: Workload = {
  name: "upload and half-close",
  weight: 4,
  run: async (around) => {
    const { random } = around;
    using wire = await open(around);
    const [phase, count] = [random.integer(0, phases - 1), random.logInteger(1, most)];
    await wire.write(`up ${phase} ${count}\n`);
    await wire.writePattern(phase, count);
    wire.end();
    const said = (await wire.chunk())?.toString();
    if (said !== "ok") throw new Untrue(`the target says: ${said}`);
    await wire.expectEnd();
    around.moved(count);
  },
};

/** Both ways at once; a half-close at the end, or in the middle of what comes back. */
const bothWays: Workload = {
  name: "both ways",
  weight: 3,
  run: async (around) => {
    const { random } = around;
    using wire = await open(around);
    const [phase, count] = [random.integer(0, phases - 1), random.logInteger(1, most / 4)];
    await wire.write("echo\n");
    const sending = wire.writePattern(phase, count).then(() => wire.end());
    await Promise.all([sending, wire.readPattern(phase, count)]);
    await wire.expectEnd();
    around.moved(2 * count);
  },
};

/** Small messages, one after the other's answer. */
const pingPong: Workload = {
  name: "ping-pong",
  weight: 5,
  run: async (around) => {
    const { random } = around;
    using wire = await open(around);
    await wire.write("echo\n");
    const rounds = random.integer(1, 30);
    for (let round = 0; round < rounds; round++) {
      const [phase, count] = [random.integer(0, phases - 1), random.integer(1, 500)];
      await wire.writePattern(phase, count);
      await wire.readPattern(phase, count);
      around.moved(2 * count);
      if (random.chance(0.3)) await sleep(random.integer(1, 150));
    }
    wire.end();
    await wire.expectEnd();
  },
};

export const tunnelWorkloads: readonly Workload[] = [download, upload, bothWays, pingPong];
