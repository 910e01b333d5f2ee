import { cpuSecondsOf } from "./process-facts.ts";
import type { Traffic } from "./traffic.ts";
import type { World } from "./world.ts";

const everyMs = 1000;

/** Watches the run while there is traffic: keeps its processor time in bounds, and remembers the peaks of memory. */
export class Pace implements Disposable {
  /** Largest resident memory seen, by daemon. Bytes. */
  readonly peaks = new Map<string, number>();
  /** Processor seconds of everything, and how long that took. */
  cpuSeconds = 0;
  seconds = 0;
  readonly #world: World;
  readonly #traffic: Traffic;
  readonly #cores: number;
  readonly #timer: NodeJS.Timeout;
  #before = new Map<number, number>();
  #at = performance.now();

  /** @param cores most processor time in a second, of the daemons and of the traffic itself. */
  constructor(world: World, traffic: Traffic, cores: number) {
    this.#world = world;
    this.#traffic = traffic;
    this.#cores = cores;
    this.#before = this.#cpu();
    this.#timer = setInterval(() => this.#look(), everyMs);
  }

  #cpu(): Map<number, number> {
    const pids = [process.pid, ...this.#world.daemons.map((daemon) => daemon.process.pid)];
    return new Map(pids.map((pid) => [pid, cpuSecondsOf(pid)]));
  }

  #look(): void {
    const now = performance.now();
    const seconds = (now - this.#at) / 1000;
    const cpu = this.#cpu();
    let used = 0;
    for (const [pid, total] of cpu) used += Math.max(0, total - (this.#before.get(pid) ?? 0));
    this.#before = cpu;
    this.#at = now;
    this.cpuSeconds += used;
    this.seconds += seconds;
    const slower = used / seconds > this.#cores;
    this.#traffic.pauseMs = Math.min(2000, Math.max(20, this.#traffic.pauseMs * (slower ? 1.2 : 0.95)));
    for (const daemon of this.#world.daemons) {
      if (!daemon.process.running) continue;
      const { resident } = daemon.facts;
      this.peaks.set(daemon.name, Math.max(this.peaks.get(daemon.name) ?? 0, resident));
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
