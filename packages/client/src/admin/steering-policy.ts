import type { BackendConfig, BackendProtocol } from "../config/client-config.ts";

/** As much of a backend's configuration as the admin API can change. */
export type Steered = Pick<BackendConfig, "name" | "protocol" | "startsClosed">;

interface Override<Value> {
  readonly value: Value;
  /** What the file said when it was set: where a later file says something else, the file wins. */
  readonly over: Value;
}

interface Overrides {
  protocol?: Override<BackendProtocol> | undefined;
  startsClosed?: Override<boolean> | undefined;
}

/** What the admin API changed: it outlives a reload, unless that reload changes the same key. */
export class Steering {
  readonly #overrides = new Map<string, Overrides>();

  /** @param backend as the file has it. */
  setProtocol(backend: Steered, protocol: BackendProtocol): void {
    this.#of(backend.name).protocol = { value: protocol, over: backend.protocol };
  }

  setClosed(backend: Steered, closed: boolean): void {
    this.#of(backend.name).startsClosed = { value: closed, over: backend.startsClosed };
  }

  /** Takes over a file that is in force from now on: what it changed, and who is gone, is forgotten. */
  reloaded(backends: readonly Steered[]): void {
    const names = new Set(backends.map(({ name }) => name));
    for (const name of this.#overrides.keys()) if (!names.has(name)) this.#overrides.delete(name);
    for (const backend of backends) {
      const overrides = this.#overrides.get(backend.name);
      if (overrides === undefined) continue;
      if (overrides.protocol?.over !== backend.protocol) overrides.protocol = undefined;
      if (overrides.startsClosed?.over !== backend.startsClosed) overrides.startsClosed = undefined;
    }
  }

  protocol(backend: Steered): BackendProtocol {
    return inForce(this.#overrides.get(backend.name)?.protocol, backend.protocol);
  }

  startsClosed(backend: Steered): boolean {
    return inForce(this.#overrides.get(backend.name)?.startsClosed, backend.startsClosed);
  }

  #of(name: string): Overrides {
    let overrides = this.#overrides.get(name);
    if (overrides === undefined) {
      overrides = {};
      this.#overrides.set(name, overrides);
    }
    return overrides;
  }
}

const inForce = <Value>(override: Override<Value> | undefined, written: Value): Value =>
  override !== undefined && override.over === written ? override.value : written;
