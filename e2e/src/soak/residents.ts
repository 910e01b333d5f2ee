import { setTimeout as sleep } from "node:timers/promises";
import { phases } from "./byte-pattern.ts";
import { openWire } from "./open-wire.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { Wire } from "./wire.ts";
import type { World } from "./world.ts";

/** Tunnels of each client that stand for the whole run: two through the server that lives, one straight from here. */
export const residentHosts = ["127.2.255.1", "127.2.255.2", "127.3.255.1"] as const;
/** Of those, the ones that go through a server. */
export const residentsThroughServer = 2;

/** Tunnels that stay over everything that happens, and are tried again and again. */
export class Residents {
  readonly #wires: { readonly name: string; readonly wire: Wire }[] = [];
  readonly #stop = new AbortController();
  /** Resolved while they may exchange. */
  #mayGo: Promise<void> = Promise.resolve();
  #release: (() => void) | undefined;
  readonly #busy = new Set<Promise<unknown>>();
  #ended: Promise<unknown> | undefined;
  /** Why some were lost: there is no excuse. */
  readonly faults: string[] = [];
  exchanges = 0;

  static async open(world: World, random: SeededRandom): Promise<Residents> {
    const residents = new Residents();
    for (const { transport, proxy } of world.clients) {
      for (const host of residentHosts) {
        const wire = await openWire("connect", proxy, `${host}:${world.bytesPort}`);
        await wire.write("echo\n");
        residents.#wires.push({ name: `client-${transport} to ${host}`, wire });
      }
    }
    const lives = residents.#wires.map(({ name, wire }) => residents.#live(name, wire, random.fork()));
    residents.#ended = Promise.all(lives);
    return residents;
  }

  async #live(name: string, wire: Wire, random: SeededRandom): Promise<void> {
    const { signal } = this.#stop;
    try {
      while (!signal.aborted) {
        const [phase, count] = [random.integer(0, phases - 1), random.logInteger(1, 50_000)];
        await this.#mayGo;
        const exchange = Promise.all([wire.writePattern(phase, count), wire.readPattern(phase, count)]);
        this.#busy.add(exchange);
        await exchange.finally(() => this.#busy.delete(exchange));
        this.exchanges++;
        await sleep(random.integer(100, 2000), undefined, { signal }).catch(() => undefined);
      }
      wire.end();
      await wire.expectEnd();
    } catch (error) {
      this.faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      wire.socket.destroy();
    }
  }

  /** Lets the exchanges that are under way finish and begins none until `release`. */
  async hold(): Promise<void> {
    this.#mayGo = new Promise((resolve) => {
      this.#release = resolve;
    });
    await Promise.allSettled(this.#busy);
  }

  release(): void {
    this.#release?.();
  }

  /** Ends them, both ways. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.release();
    await this.#ended;
  }
}
