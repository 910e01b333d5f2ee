import { setTimeout as sleep } from "node:timers/promises";
import { type Incident, operations, outages, type Scene } from "./incidents.ts";

/** Plays incidents in two lanes while there is traffic: outages one after the other, and operations beside them. */
export class Stage {
  readonly counts = new Map<string, number>();
  /** Incidents that did not end as they should. */
  readonly faults: string[] = [];
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Until the signal: what has begun then is played to its end. */
  async play(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#lane(outages, signal), this.#lane(operations, signal)]);
  }

  async #lane(incidents: readonly Incident[], signal: AbortSignal): Promise<void> {
    const random = this.#scene.random.fork();
    for (;;) {
      await sleep(random.integer(300, 5000), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const incident = random.weighted(incidents);
      this.counts.set(incident.name, (this.counts.get(incident.name) ?? 0) + 1);
      try {
        await incident.play({ ...this.#scene, random });
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error);
        this.faults.push(`${incident.name}: ${words.split("\n")[0]}`);
      }
    }
  }
}
