import { setTimeout as sleep } from "node:timers/promises";
import { askAdmin } from "../harness/admin.ts";
import { plainWords, type ServerName, serverNames } from "./cast.ts";
import type { Disruption } from "./disruptions.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { SoakDaemon } from "./soak-daemon.ts";
import type { World } from "./world.ts";

/** What an incident may touch. */
export interface Scene {
  readonly world: World;
  readonly random: SeededRandom;
  readonly disruptions: Disruption[];
}

/** Something that happens to daemons while there is traffic, and is over when it resolves. */
export interface Incident {
  readonly name: string;
  readonly weight: number;
  play(scene: Scene): Promise<void>;
}

/** The servers that may die. */
const mortals = serverNames.filter((name) => name !== "alpha");

/** A server ends by a signal, stays away for a while, and is back. */
const ends =
  (what: string, signal: NodeJS.Signals): Incident["play"] =>
  async ({ world, random, disruptions }) => {
    const name: ServerName = random.pick(mortals);
    const disruption: Disruption = { server: name, what, from: performance.now(), until: undefined };
    disruptions.push(disruption);
    const { process } = world.server(name);
    process.kill(signal);
    await process.exit();
    await sleep(random.logInteger(50, 4000));
    await world.startServer(name);
    disruption.until = performance.now();
  };

const stopped =
  (who: (scene: Scene) => SoakDaemon): Incident["play"] =>
  async (scene) => {
    const { name, process } = who(scene);
    const disruption: Disruption = {
      server: name,
      what: "stopped",
      from: performance.now(),
      until: undefined,
    };
    scene.disruptions.push(disruption);
    process.kill("SIGSTOP");
    await sleep(scene.random.logInteger(50, 5000));
    process.kill("SIGCONT");
    disruption.until = performance.now();
  };

const anyServer = ({ world, random }: Scene): SoakDaemon => world.server(random.pick(serverNames));
const anyClient = ({ world, random }: Scene): SoakDaemon => random.pick(world.clients).daemon;

/** Waits for what came of a reload. @throws where it is another outcome. */
const reload = async (daemon: SoakDaemon, outcome = "reloaded"): Promise<void> => {
  const since = daemon.process.lines.length;
  daemon.process.kill("SIGHUP");
  const line = await daemon.process.line(
    ({ msg }) => /^reload(ed| refused)/.test(msg),
    "what came of it",
    since,
  );
  if (!line.msg.startsWith(outcome)) throw new Error(`${daemon.name}: ${line.msg}`);
};

const balances = [
  "round_robin",
  "random",
  "least_connections",
  "p2c",
  "least_loaded_time",
  "uri_hash",
] as const;

/** Incidents that take a server or a process away: one at a time, so that somebody is always there to serve. */
export const outages: readonly Incident[] = [
  { name: "server killed", weight: 4, play: ends("killed", "SIGKILL") },
  { name: "server restarted", weight: 2, play: ends("restarted", "SIGTERM") },
  { name: "server stopped", weight: 2, play: stopped(anyServer) },
  { name: "client stopped", weight: 2, play: stopped(anyClient) },
];

/** What an operator does, beside the outages. */
export const operations: readonly Incident[] = [
  {
    name: "client reloaded with other shares",
    weight: 3,
    play: async ({ world, random }) => {
      const { transport, daemon } = random.pick(world.clients);
      const weights = { alpha: random.integer(1, 3), beta: random.integer(1, 3), gamma: 1 };
      await world.cast.writeClient(transport, { balance: random.pick(balances), weights });
      await reload(daemon);
    },
  },
  {
    name: "broken configuration refused",
    weight: 1,
    play: async ({ world, random }) => {
      const { transport, daemon } = random.pick(world.clients);
      await world.cast.writeClient(transport, { ...plainWords, balance: "crooked" });
      try {
        await reload(daemon, "reload refused");
      } finally {
        await world.cast.writeClient(transport, plainWords);
      }
    },
  },
  {
    name: "client's certificate renewed",
    weight: 2,
    play: async ({ world, random }) => {
      const { daemon } = random.pick(world.clients);
      await world.cast.renew(daemon.name);
      await reload(daemon);
    },
  },
  {
    name: "server's certificate renewed",
    weight: 2,
    play: async ({ world }) => {
      await world.cast.renew("alpha");
      await reload(world.server("alpha"));
    },
  },
  {
    name: "wall clock moved",
    weight: 2,
    play: async (scene) => {
      const { world, random } = scene;
      const daemon = random.chance(0.5) ? world.server("alpha") : anyClient(scene);
      // Certificates that were just renewed hold from five minutes ago on: no further back than that.
      const forth = random.chance(0.5);
      await daemon.shiftClock(
        forth ? random.logInteger(1000, 86_400_000) : -random.logInteger(1000, 240_000),
      );
      await sleep(random.integer(500, 3000));
      if (random.chance(0.7)) await daemon.shiftClock(0);
    },
  },
  {
    name: "backend disabled and enabled",
    weight: 2,
    play: async (scene) => {
      const { random } = scene;
      const { admin } = anyClient(scene);
      const backend = `/api/v1/backends/${random.pick(mortals)}`;
      for (const what of ["disable", "enable"]) {
        const { status, text } = await askAdmin(admin, `${backend}/${what}`, { method: "POST" });
        if (status !== 200) throw new Error(`${what}: ${status} ${text}`);
        await sleep(random.integer(100, 2000));
      }
    },
  },
];
