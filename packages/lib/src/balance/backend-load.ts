import { PeakEwma } from "./peak-ewma.ts";
import type { LoadFigures } from "./picker.ts";

/** What became of one attempt to open a tunnel. Every way out may be called late or twice: only what is new counts. */
export interface TunnelLoad {
  /** The server answered that the target is connected: its time is a sample. */
  opened(now: number): void;
  /** The tunnel is over, or the attempt was given up, or the target failed: nobody is charged. */
  closed(): void;
  /**
   * The backend failed. The sample is the time that passed, but at least `atLeastMs` (the deadline that it was given):
   * a backend that fails quickly would otherwise look fast and draw all traffic (ingress-nginx issue 5540).
   */
  failed(now: number, atLeastMs: number): void;
}

/** The load of one backend. Belongs to the name, not to a pool or a connection. */
export class BackendLoad implements LoadFigures {
  readonly #cost = new PeakEwma();
  #active = 0;
  #pending = 0;

  get active(): number {
    return this.#active;
  }

  get pending(): number {
    return this.#pending;
  }

  costMs(now: number): number | undefined {
    return this.#cost.at(now);
  }

  /** Counts a tunnel from its first byte to its end; the returned object is the only one that uncounts it. */
  begin(startedAt: number): TunnelLoad {
    this.#active++;
    this.#pending++;
    return new CountedLoad(this, startedAt);
  }

  /** From a tunnel: its server answered, `tookMs` after it was asked. */
  answered(tookMs: number, now: number): void {
    this.#pending--;
    this.#cost.observe(tookMs, now);
  }

  /** From a tunnel: it failed before that. */
  cost(tookMs: number, now: number): void {
    this.#cost.observe(tookMs, now);
  }

  /** From a tunnel: it is over. */
  left(wasPending: boolean): void {
    if (wasPending) this.#pending--;
    this.#active--;
  }
}

class CountedLoad implements TunnelLoad {
  readonly #load: BackendLoad;
  readonly #startedAt: number;
  #state: "pending" | "open" | "over" = "pending";

  constructor(load: BackendLoad, startedAt: number) {
    this.#load = load;
    this.#startedAt = startedAt;
  }

  opened(now: number): void {
    if (this.#state !== "pending") return;
    this.#state = "open";
    this.#load.answered(now - this.#startedAt, now);
  }

  closed(): void {
    if (this.#state === "over") return;
    this.#load.left(this.#state === "pending");
    this.#state = "over";
  }

  failed(now: number, atLeastMs: number): void {
    if (this.#state === "pending") this.#load.cost(Math.max(now - this.#startedAt, atLeastMs), now);
    this.closed();
  }
}

/** The loads of all backends by name: what a reload of the configuration does not forget. */
export class LoadTable {
  readonly #loads = new Map<string, BackendLoad>();

  /** The load of that name, made when it is first asked for. */
  of(name: string): BackendLoad {
    let load = this.#loads.get(name);
    if (load === undefined) {
      load = new BackendLoad();
      this.#loads.set(name, load);
    }
    return load;
  }

  /** Forgets every other name. Tunnels that still run on a forgotten backend do no harm. */
  retain(names: ReadonlySet<string>): void {
    for (const name of this.#loads.keys()) if (!names.has(name)) this.#loads.delete(name);
  }
}
