import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import type { BackendSet } from "./backend-set.ts";
import type { FailoverBackends } from "./failover-step.ts";
import type { OpenRequest } from "./tunnel-opening.ts";

/** Knows the connection on which a backend was asked last. */
export interface AskedConnections {
  connectionOf(backend: string): ClientConnection | undefined;
}

/** Who may be asked for one request, as the failover policy wants to know it. */
export class BackendChoice implements FailoverBackends {
  readonly #backends: BackendSet;
  readonly #request: OpenRequest;
  readonly #startedAt: number;
  readonly #connections: AskedConnections;
  readonly #askedAt = new Map<string, number>();

  constructor(backends: BackendSet, request: OpenRequest, startedAt: number, connections: AskedConnections) {
    this.#backends = backends;
    this.#request = request;
    this.#startedAt = startedAt;
    this.#connections = connections;
  }

  pick(tried: ReadonlySet<string>): string | undefined {
    const name = this.#pickOf(tried);
    if (name !== undefined) this.#askedAt.set(name, performance.now());
    return name;
  }

  hope(_tried: ReadonlySet<string>, gone?: string): boolean {
    const { only } = this.#request;
    for (const backend of this.#backends.all) {
      const { name } = backend;
      if (only !== undefined && name !== only) continue;
      // What its state will say in a moment.
      const isLost = name === gone || this.#connections.connectionOf(name)?.draining === true;
      if (backend.mayComeUpFor(this.#startedAt, isLost)) return true;
    }
    return false;
  }

  #pickOf(tried: ReadonlySet<string>): string | undefined {
    const { key, only, first } = this.#request;
    const excluded = this.#without(tried);
    if (this.#mayBe(only, excluded)) return only;
    if (this.#mayBe(first, excluded)) return first;
    return only === undefined ? this.#backends.pick(key, excluded) : undefined;
  }

  #mayBe(name: string | undefined, excluded: ReadonlySet<string>): boolean {
    return name !== undefined && !excluded.has(name) && this.#isUp(name);
  }

  #without(tried: ReadonlySet<string>): ReadonlySet<string> {
    for (const name of tried) {
      if (this.#isRenewed(name)) return new Set([...tried].filter((one) => !this.#isRenewed(one)));
    }
    return tried;
  }

  #isUp(name: string): boolean {
    return this.#backends.get(name)?.state.status === "normal";
  }

  /** It was asked, lost its connection, and is up by another one: that may be asked as well. */
  #isRenewed(name: string): boolean {
    const askedAt = this.#askedAt.get(name) ?? this.#startedAt;
    return this.#isUp(name) && (this.#backends.get(name)?.state.sinceMs ?? 0) > askedAt;
  }
}
