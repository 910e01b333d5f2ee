/** One entry of a list that names hosts. */
export interface HostEntry {
  /** Exact name, or `*.suffix` for any depth below it; lower case. */
  readonly host: string;
  /** Undefined: every port. */
  readonly port?: number | undefined;
}

type Ports = Set<number> | "all";

/** Host patterns with optional ports, compiled once: a look-up a label, however long the list. */
export class HostPatterns {
  readonly #exact = new Map<string, Ports>();
  readonly #below = new Map<string, Ports>();

  constructor(entries: readonly HostEntry[]) {
    for (const { host, port } of entries) {
      if (host.startsWith("*.")) add(this.#below, host.slice(2), port);
      else add(this.#exact, host, port);
    }
  }

  /** @param host as a Target has it: lower case, without trailing dot. */
  covers(host: string, port: number): boolean {
    if (holds(this.#exact.get(host), port)) return true;
    if (this.#below.size === 0) return false;
    for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
      if (holds(this.#below.get(host.slice(dot + 1)), port)) return true;
    }
    return false;
  }
}

const add = (table: Map<string, Ports>, name: string, port: number | undefined): void => {
  const ports = table.get(name);
  if (port === undefined || ports === "all") table.set(name, "all");
  else table.set(name, (ports ?? new Set()).add(port));
};

const holds = (ports: Ports | undefined, port: number): boolean =>
  ports !== undefined && (ports === "all" || ports.has(port));
