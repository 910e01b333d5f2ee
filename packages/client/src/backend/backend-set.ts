import { LoadTable } from "@octoproxy/lib/balance/backend-load";
import { makePicker } from "@octoproxy/lib/balance/make-picker";
import type { Algorithm, BackendPool, Explanation, Picker } from "@octoproxy/lib/balance/picker";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import { Backend } from "./backend.ts";
import type { BackendEvents, BackendSettings, ProtocolMove, ServerExpelled } from "./backend-face.ts";
import type { BackendChange } from "./backend-state.ts";
import type { Connector } from "./connector.ts";
import { type LiveMaterial, revocationOf } from "./guarded-connector.ts";
import { OutlierPolicy } from "./outlier-policy.ts";
import { poolOf } from "./pool-policy.ts";

/** What the control plane hears of the backends. */
export interface BackendSetEvents {
  changed(change: BackendChange): void;
  ejected(backend: string, untilMs: number, count: number): void;
  /** It is up and goes on over another protocol. */
  moved(move: ProtocolMove): void;
  expelled(end: ServerExpelled): void;
}

/** One backend as configured, and how it is connected to. */
export interface BackendPlan {
  readonly settings: BackendSettings;
  /** What its connectors connect with; undefined where there are no certificates. */
  readonly material?: LiveMaterial | undefined;
  readonly newConnector: () => Connector;
  /** Plans with equal keys are the same backend: it keeps its connections across a reload. */
  readonly key: string;
}

/** All backends in the order of the file, the picker among them, and the pool that it picks from. */
export class BackendSet {
  readonly #events: BackendSetEvents;
  readonly #loads = new LoadTable();
  readonly #outliers = new OutlierPolicy();
  readonly #waiting = new Set<() => void>();
  /** Removed or replaced by a reload: their tunnels finish. */
  readonly #retired = new Set<Backend>();
  #backends = new Map<string, Backend>();
  /** By which each of them was made. */
  #plans = new Map<string, BackendPlan>();
  #picker: Picker;
  #pool: BackendPool | undefined;
  #poolGoodUntil = Number.POSITIVE_INFINITY;

  constructor(algorithm: Algorithm, events: BackendSetEvents) {
    this.#picker = makePicker(algorithm);
    this.#events = events;
  }

  /**
   * Takes over a configuration: new backends are started, removed ones finish their tunnels, changed ones are
   * replaced; what did not change keeps its connections.
   */
  apply(algorithm: Algorithm, plans: readonly BackendPlan[]): void {
    if (algorithm !== this.#picker.algorithm) this.#picker = makePicker(algorithm);
    const before = this.#backends;
    const plansBefore = this.#plans;
    this.#backends = new Map();
    this.#plans = new Map();
    for (const plan of plans) {
      const { settings, key } = plan;
      const { name } = settings;
      const former = plansBefore.get(name);
      const kept = former?.key === key ? before.get(name) : undefined;
      const backend =
        kept ?? new Backend(settings, this.#loads.of(name), plan.newConnector(), this.#backendEvents);
      this.#backends.set(name, backend);
      this.#plans.set(name, kept === undefined ? plan : former!);
      if (kept === undefined) continue;
      kept.weight = settings.weight;
      before.delete(name);
    }
    const names = new Set(this.#backends.keys());
    this.#loads.retain(names);
    this.#outliers.retain(names);
    for (const removed of before.values()) void this.#retire(removed);
    for (const plan of plans) this.#judgeAnew(plan);
    this.#refresh();
    for (const backend of this.#backends.values()) backend.start();
  }

  get(name: string): Backend | undefined {
    return this.#backends.get(name);
  }

  /** In the order of the file. */
  get all(): Iterable<Backend> {
    return this.#backends.values();
  }

  /** The picker's choice among those that are up and were not tried. */
  pick(key: string, tried: ReadonlySet<string>): string | undefined {
    const now = performance.now();
    return this.#picker.pick(this.#poolAt(now), { key, now, random: Math.random, exclude: tried })?.name;
  }

  explain(key: string): Explanation {
    const now = performance.now();
    return this.#picker.explain(this.#poolAt(now), { key, now, random: Math.random, exclude: new Set() });
  }

  /** End of a backend's ejection on the clock of `performance.now()`. */
  ejectedUntil(name: string): number | undefined {
    return this.#outliers.ejectedUntil(name, performance.now());
  }

  succeeded(name: string): void {
    this.#outliers.succeeded(name);
  }

  /** A failure to open that was the backend's fault. */
  charged(name: string): void {
    const now = performance.now();
    const fleet = [...this.#backends.values()].map(({ state }) => ({
      name: state.name,
      up: state.status === "normal",
    }));
    const ejection = this.#outliers.failed(name, now, fleet);
    if (ejection === undefined) return;
    this.#refresh();
    this.#events.ejected(name, ejection.untilMs, ejection.count);
  }

  /** A sign of life of that backend is awaited, until the returned function is called. */
  doubt(backend: Backend): () => void {
    if (++backend.doubts === 1) this.#refresh();
    return () => {
      if (--backend.doubts === 0) this.#refresh();
    };
  }

  /** Calls back at every change and every failed attempt, until the returned function is called. */
  watch(callback: () => void): () => void {
    this.#waiting.add(callback);
    return () => this.#waiting.delete(callback);
  }

  /** A user's reset: what is remembered against it is forgotten, and it is connected anew. */
  reset(name: string): void {
    this.#outliers.forget(name);
    this.#backends.get(name)?.reset();
    this.#refresh();
  }

  /** Lets tunnels finish; aborting cuts them. */
  async close(signal: AbortSignal): Promise<void> {
    const all = [...this.#backends.values(), ...this.#retired];
    await Promise.all(all.map((backend) => backend.close(signal)));
  }

  destroy(): void {
    for (const backend of [...this.#backends.values(), ...this.#retired]) backend.destroy();
  }

  /** The lists of a reload hold for what is connected, the former connections of a replaced backend included. */
  #judgeAnew({ settings: { name }, material }: BackendPlan): void {
    if (material === undefined) return;
    const { trust } = material;
    const inForce = this.#plans.get(name)?.material;
    if (inForce !== undefined) inForce.trust = trust;
    const objection = (connection: ClientConnection) => revocationOf(connection, trust);
    this.#backends.get(name)?.expel(objection);
    for (const retired of this.#retired) if (retired.name === name) retired.expel(objection);
  }

  async #retire(backend: Backend): Promise<void> {
    this.#retired.add(backend);
    await backend.close(new AbortController().signal);
    this.#retired.delete(backend);
  }

  readonly #backendEvents: BackendEvents = {
    changed: (change) => {
      if (change.event === "connected" || change.event === "lost") {
        this.#outliers.reconnected(change.backend, performance.now());
      }
      this.#refresh();
      this.#events.changed(change);
      this.#tellWaiting();
    },
    attemptFailed: () => this.#tellWaiting(),
    moved: (move) => this.#events.moved(move),
    expelled: (end) => this.#events.expelled(end),
  };

  #tellWaiting(): void {
    for (const callback of [...this.#waiting]) callback();
  }

  /** The next pick makes the pool anew. */
  #refresh(): void {
    this.#pool = undefined;
  }

  #poolAt(now: number): BackendPool {
    if (this.#pool !== undefined && now < this.#poolGoodUntil) return this.#pool;
    this.#pool = poolOf([...this.#backends.values()], this.#outliers, now);
    this.#poolGoodUntil = this.#outliers.nextChange(now) ?? Number.POSITIVE_INFINITY;
    return this.#pool;
  }
}
