import { askAdmin } from "../harness/admin.ts";
import type { LogLine } from "../harness/daemon-process.ts";
import { readBooks, settled, wrongBytes, wrongGauges } from "./books.ts";
import type { Disruption } from "./disruptions.ts";
import { judge } from "./judge.ts";
import { residentHosts } from "./residents.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { SoakDaemon } from "./soak-daemon.ts";
import type { Traffic } from "./traffic.ts";
import { tunnelWorkloads } from "./workloads/tunnels.ts";
import type { World } from "./world.ts";

/** What a look at the daemons at rest found. */
export interface CalmFindings {
  readonly faults: readonly string[];
  readonly explained: ReadonlyMap<string, number>;
  /** Bytes that both sides were to count alike. */
  readonly audited: number;
}

/** Everything that can be compared while nothing else goes on. Traffic and incidents have ended, residents are on hold. */
export class Calm {
  readonly #world: World;
  readonly #traffic: Traffic;
  readonly #random: SeededRandom;

  constructor(world: World, traffic: Traffic, random: SeededRandom) {
    this.#world = world;
    this.#traffic = traffic;
    this.#random = random;
  }

  /** @param disruptions those that may explain failures since the last time. */
  async look(disruptions: readonly Disruption[]): Promise<CalmFindings> {
    const faults: string[] = [];
    await this.#world.allUp().catch((error: Error) => faults.push(`not up again: ${error.message}`));
    const gauges = async () => wrongGauges(await readBooks(this.#world), true);
    const stuck = await settled(gauges);
    faults.push(...stuck);
    if (stuck.length > 0) for (const daemon of this.#world.daemons) faults.push(...(await tunnelsOf(daemon)));
    const audited = await this.#audit(faults);
    const logs = this.#takeLogs(faults);
    const { explained, unexplained } = judge(this.#traffic.takeFailures(), logs, disruptions);
    faults.push(...unexplained);
    return { faults, explained, audited };
  }

  /** Traffic that nothing cuts: what one side has sent, the other has got. */
  async #audit(faults: string[]): Promise<number> {
    const before = await readBooks(this.#world);
    const pieces = this.#world.clients.flatMap((client) =>
      tunnelWorkloads.flatMap((workload) =>
        [16, 16, 16, 2].map((network) => this.#traffic.play(workload, client, this.#random.fork(), network)),
      ),
    );
    await Promise.all(pieces);
    let after = before;
    const compare = async () => {
      after = await readBooks(this.#world);
      return [...wrongGauges(after, true), ...wrongBytes(before, after)];
    };
    faults.push(...(await settled(compare)));
    return after.pages.reduce((sum, { sent, got }, place) => {
      const earlier = before.pages[place]!;
      return sum + sent - earlier.sent + got - earlier.got;
    }, 0);
  }

  /** The clients' lines; what any daemon says that it should never have to say is a fault. */
  #takeLogs(faults: string[]): ReadonlyMap<string, readonly LogLine[]> {
    const logs = new Map<string, readonly LogLine[]>();
    for (const daemon of this.#world.daemons) {
      if (!daemon.process.running)
        faults.push(`${daemon.name} ended by itself: ${daemon.process.transcript}`);
      const lines = daemon.takeLines();
      logs.set(daemon.name, lines);
      const bad = lines.filter(({ level, msg }) => /^(error|fatal)$/.test(level) && !refusedOnPurpose(msg));
      faults.push(...bad.map((line) => `${daemon.name} logs ${JSON.stringify(line)}`));
      faults.push(...daemon.takeWords().map((words) => `${daemon.name} writes ${words}`));
    }
    return logs;
  }
}

/** What a daemon says of its tunnels that are no residents. */
const tunnelsOf = async ({ name, admin }: SoakDaemon): Promise<readonly string[]> => {
  const tunnels = (await askAdmin(admin, "/api/v1/tunnels")).json<TunnelView[]>();
  const left = tunnels.filter(({ target }) => !residentHosts.some((host) => target.startsWith(`${host}:`)));
  return left.map((tunnel) => `${name} still has ${JSON.stringify(tunnel)}`);
};

interface TunnelView {
  readonly target: string;
}

/** The schedule breaks a configuration, whose refusal is then what should be logged. */
const refusedOnPurpose = (msg: string): boolean =>
  msg.startsWith("reload refused") || msg.includes("crooked");
