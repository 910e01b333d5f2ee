import { setTimeout as sleep } from "node:timers/promises";
import { readBooks, settled, wrongGauges } from "./books.ts";
import { Calm } from "./calm.ts";
import type { SoakTransport } from "./cast.ts";
import type { Disruption } from "./disruptions.ts";
import { describeMachine } from "./machine.ts";
import { Pace } from "./pace.ts";
import { Residents } from "./residents.ts";
import { type Sample, takeSample } from "./sample.ts";
import { SeededRandom } from "./seeded-random.ts";
import type { SoakRecord } from "./soak-record.ts";
import { Stage } from "./stage.ts";
import { Traffic } from "./traffic.ts";
import { World } from "./world.ts";

export interface SoakOptions {
  readonly minutes: number;
  readonly transports: readonly SoakTransport[];
  readonly seed: number;
  /** Most processor time in a second, of everything together. */
  readonly cores: number;
  /** Where heap snapshots go, from after the warm-up and from the end. */
  readonly snapshots?: string | undefined;
  /** Told now and then how it goes, in a line. */
  readonly say: (line: string) => void;
  /** Ends it early: what there is until then is judged. */
  readonly signal: AbortSignal;
}

/** Rounds of traffic and incidents, with a look at everything at rest between them. Starts and stops all that it needs. */
export const soak = async (options: SoakOptions): Promise<SoakRecord> => {
  const { minutes, transports, seed, cores, say, signal, snapshots } = options;
  const random = new SeededRandom(seed);
  await using world = await World.start(transports);
  const startedAt = performance.now();
  const secondsSoFar = (): number => (performance.now() - startedAt) / 1000;
  const disruptions: Disruption[] = [];
  const traffic = new Traffic(world, random.fork(), 10);
  const stage = new Stage({ world, random: random.fork(), disruptions });
  const calm = new Calm(world, traffic, random.fork());
  const residents = await Residents.open(world, random.fork());
  using pace = new Pace(world, traffic, cores);
  const lasting = [world.server("alpha"), ...world.clients.map(({ daemon }) => daemon)];
  const samples: Sample[] = [];
  const faults: string[] = [];
  const explained: Record<string, number> = {};
  let [audits, auditedBytes] = [0, 0];
  let isWarm = false;
  const writeSnapshots = async (when: string): Promise<void> => {
    if (snapshots === undefined) return;
    for (const daemon of lasting)
      await daemon.writeSnapshot(`${snapshots}/${daemon.name}-${when}.heapsnapshot`);
  };
  const roundMs = Math.min(40, Math.max(5, (minutes * 60) / 20)) * 1000;

  while (secondsSoFar() < minutes * 60 && !signal.aborted) {
    const round = new AbortController();
    const end = (): void => round.abort();
    const timer = setTimeout(end, roundMs);
    signal.addEventListener("abort", end);
    traffic.start();
    await stage.play(round.signal);
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    await traffic.pause();
    await residents.hold();
    const found = await calm.look(disruptions);
    samples.push(await takeSample(secondsSoFar(), lasting));
    if (!isWarm && secondsSoFar() > minutes * 20) {
      isWarm = true;
      await writeSnapshots("warm");
    }
    if (secondsSoFar() >= minutes * 60) await writeSnapshots("end");
    residents.release();
    audits++;
    auditedBytes += found.audited;
    for (const [reason, count] of found.explained) explained[reason] = (explained[reason] ?? 0) + count;
    const wrong = [...found.faults, ...stage.faults.splice(0), ...residents.faults.splice(0)];
    faults.push(...wrong);
    for (const fault of wrong) say(`FAULT ${fault}`);
    say(lineOf(secondsSoFar(), traffic, samples.at(-1)!, faults.length));
  }

  await residents.close();
  const empty = async () => wrongGauges(await readBooks(world), false);
  faults.push(...(await settled(empty)), ...residents.faults);
  const loaded = pace.seconds;
  for (const { process, name } of [...world.clients.map(({ daemon }) => daemon), ...world.servers.values()]) {
    process.kill("SIGTERM");
    const status = await Promise.race([process.exit(), sleep(20_000)]);
    if (status !== 0) faults.push(`${name} ended with ${status} after SIGTERM, with nothing left to do`);
  }
  return {
    seed,
    transports,
    minutes: Math.round(secondsSoFar() / 6) / 10,
    machine: describeMachine(),
    bytes: traffic.bytes,
    cores: Math.round((pace.cpuSeconds / Math.max(loaded, 1)) * 100) / 100,
    traffic: Object.fromEntries(traffic.tallies),
    incidents: Object.fromEntries(stage.counts),
    explained,
    faults,
    audits,
    auditedBytes,
    residents: residents.exchanges,
    peaks: Object.fromEntries(pace.peaks),
    samples,
  };
};

const lineOf = (
  seconds: number,
  { tallies, bytes }: Traffic,
  { readings }: Sample,
  faults: number,
): string => {
  const done = [...tallies.values()].reduce((sum, tally) => sum + tally.done + tally.failed, 0);
  const daemons = Object.entries(readings).map(([name, { heap, resident, descriptors }]) => {
    return `${name} ${(heap / 1e6).toFixed(1)}/${Math.round(resident / 1e6)} MB ${descriptors} fd`;
  });
  const at = `${Math.round(seconds)} s`.padStart(6);
  return `${at}  ${done} pieces, ${Math.round(bytes / 1e6)} MB, ${faults} faults; ${daemons.join(", ")}`;
};
