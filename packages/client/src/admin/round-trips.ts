import type { Backend } from "../backend/backend.ts";

/** Often enough for people, seldom enough for batteries. */
const everyMs = 10_000;
const patienceMs = 5000;

/** Measures the round trips to the backends that are up. What silence means is not judged here. */
export class RoundTrips implements Disposable {
  readonly #backends: () => Iterable<Backend>;
  readonly #ms = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(backends: () => Iterable<Backend>) {
    this.#backends = backends;
    this.#timer = setInterval(() => {
      for (const backend of this.#backends()) this.measure(backend);
    }, everyMs);
    this.#timer.unref();
  }

  of(name: string): number | undefined {
    return this.#ms.get(name);
  }

  measure(backend: Backend): void {
    const { name, connection, state } = backend;
    if (state.status !== "normal" || connection === undefined) {
      this.#ms.delete(name);
      return;
    }
    connection.ping(AbortSignal.timeout(patienceMs)).then(
      (ms) => this.#ms.set(name, ms),
      () => this.#ms.delete(name),
    );
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
