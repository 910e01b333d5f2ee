import { setTimeout as sleep } from "node:timers/promises";
import type { Failure } from "./disruptions.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { Untrue } from "./untrue.ts";
import type { Workload } from "./workload.ts";
import { interruptionWorkloads } from "./workloads/interruptions.ts";
import { tunnelWorkloads } from "./workloads/tunnels.ts";
import { webWorkloads } from "./workloads/web.ts";
import type { SoakClient, World } from "./world.ts";

export const workloads: readonly Workload[] = [...tunnelWorkloads, ...webWorkloads, ...interruptionWorkloads];

/** What of the traffic was so far. */
export interface Tally {
  done: number;
  failed: number;
}

/** Networks of the hosts: most are balanced, some go where `rules.toml` sends them. */
const networks = [16, 16, 16, 16, 16, 16, 16, 2, 3];

/** Longer than anything takes that is under way, all pauses included. */
const patienceMs = 120_000;

const inTime = async (work: Promise<void>): Promise<void> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Untrue(`it hangs for ${patienceMs / 1000} s`)), patienceMs);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};

/** Workers that do one piece of traffic after the other, until they are told to pause. */
export class Traffic {
  readonly tallies = new Map<string, Tally>();
  /** Since they were last taken. */
  readonly failures: Failure[] = [];
  /** Verified bytes. */
  bytes = 0;
  /** Milliseconds between two pieces of one worker: what keeps the load bounded. */
  pauseMs = 100;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #workers: number;
  #next = 0;
  #run: { readonly stop: AbortController; readonly ended: Promise<unknown> } | undefined;

  /** @param workers for each client. */
  constructor(world: World, random: SeededRandom, workers: number) {
    this.#world = world;
    this.#random = random;
    this.#workers = workers;
  }

  start(): void {
    const stop = new AbortController();
    const ended = this.#world.clients.flatMap((client) =>
      Array.from({ length: this.#workers }, () => this.#work(client, this.#random.fork(), stop.signal)),
    );
    this.#run = { stop, ended: Promise.all(ended) };
  }

  /** Begins nothing new and waits for what is under way. */
  async pause(): Promise<void> {
    this.#run?.stop.abort();
    await this.#run?.ended;
    this.#run = undefined;
  }

  /** The pieces that failed since the last time. */
  takeFailures(): readonly Failure[] {
    return this.failures.splice(0);
  }

  async #work(client: SoakClient, random: SeededRandom, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.play(random.weighted(workloads), client, random);
      await sleep(2 * random.next() * this.pauseMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  /** One piece of traffic to a host of its own. */
  async play(workload: Workload, client: SoakClient, random: SeededRandom, network = random.pick(networks)) {
    const number = this.#next++;
    const host = `127.${network + (network === 16 ? (number >> 16) & 63 : 0)}.${(number >> 8) & 255}.${number & 255}`;
    const { proxy, transport } = client;
    const { bytesPort, webPort, silent } = this.#world;
    const from = performance.now();
    const tally = this.#tally(workload.name);
    try {
      const around = {
        proxy,
        bytes: `${host}:${bytesPort}`,
        web: `${host}:${webPort}`,
        nobody: `${host}:1`,
        silent,
        random,
        moved: (bytes: number) => {
          this.bytes += bytes;
        },
      };
      await inTime(workload.run(around));
      tally.done++;
    } catch (error) {
      tally.failed++;
      this.failures.push({
        client: `client-${transport}`,
        workload: workload.name,
        host,
        from,
        until: performance.now(),
        message: error instanceof Error ? error.message || error.name : String(error),
        untrue: error instanceof Untrue,
      });
    }
  }

  #tally(name: string): Tally {
    let tally = this.tallies.get(name);
    if (tally === undefined) {
      tally = { done: 0, failed: 0 };
      this.tallies.set(name, tally);
    }
    return tally;
  }
}
