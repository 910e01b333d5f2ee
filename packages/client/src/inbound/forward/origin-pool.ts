import { formatTarget, type Target } from "@octoproxy/lib/address/target";
import { DeadlineQueue } from "@octoproxy/lib/deadline/deadline-queue";
import type { ByteStream } from "@octoproxy/lib/transport/tunnel-stream";
import { OriginConnection } from "./origin-connection.ts";

export interface OriginPoolLimits {
  /** How long a tunnel is kept without use. Default 4 s: many origins close theirs after 5. */
  readonly idleMs?: number;
  /** Unused tunnels to one origin by one way. Default 64. */
  readonly perOrigin?: number;
  /** Unused tunnels in all. Default 512. */
  readonly total?: number;
}

/** The tunnels that may serve a request: one way, one origin. */
export const poolKey = (way: string, target: Target): string => {
  if (way !== latest.way || target.host !== latest.host || target.port !== latest.port) {
    latest = { way, host: target.host, port: target.port, key: `${way} ${formatTarget(target)}` };
  }
  return latest.key;
};

/** Requests of one kind follow each other, and a key that a map has seen costs it no hash. */
let latest = { way: "", host: "", port: 0, key: "" };

/** Tunnels to origins that wait for another request. The one that was used last is taken first. */
export class OriginPool {
  readonly #idle = new Map<string, OriginConnection[]>();
  readonly #deadlines: DeadlineQueue<OriginConnection>;
  readonly #retiring: DeadlineQueue<OriginConnection>;
  readonly #perOrigin: number;
  readonly #total: number;
  #closed = false;

  constructor({ idleMs = 4000, perOrigin = 64, total = 512 }: OriginPoolLimits = {}) {
    this.#perOrigin = perOrigin;
    this.#total = total;
    this.#deadlines = new DeadlineQueue(idleMs, this.#idleTooLong);
    this.#retiring = new DeadlineQueue(idleMs, (connection) => connection.discard());
  }

  /** Tunnels that wait. */
  get size(): number {
    return this.#deadlines.size;
  }

  /** A kept tunnel, or undefined. It is the caller's until it is put back or discarded. */
  take(key: string): OriginConnection | undefined {
    const connections = this.#idle.get(key);
    if (connections === undefined) return undefined;
    for (let found = connections.pop(); found !== undefined; found = connections.pop()) {
      if (connections.length === 0) this.#idle.delete(key);
      this.#deadlines.delete(found);
      if (performance.now() - found.idleSince < found.keepMs) return found;
      this.retire(found);
    }
    return undefined;
  }

  /** A new connection over a tunnel that was opened; the caller's, as one that was taken. `over` is called at its end. */
  adopt(stream: ByteStream, key: string, over?: () => void): OriginConnection {
    return new OriginConnection(stream, key, this.#ended, over);
  }

  /** Keeps a connection whose exchange is complete, both ways. */
  put(connection: OriginConnection): void {
    const connections = this.#idle.get(connection.key) ?? [];
    if (this.#closed || connections.length >= this.#perOrigin || this.size >= this.#total) {
      this.retire(connection);
      return;
    }
    connection.use(undefined);
    connection.reused = true;
    connection.idleSince = performance.now();
    if (connections.push(connection) === 1) this.#idle.set(connection.key, connections);
    this.#deadlines.add(connection);
    // One that was paused would hang its next request.
    connection.stream.resume();
  }

  /** Ends a connection whose exchange is complete, in peace: FIN, and a reset only where the origin does not follow. */
  retire(connection: OriginConnection): void {
    connection.use(undefined);
    this.#retiring.add(connection);
    connection.stream.end();
    connection.stream.resume();
  }

  /** Ends what waits and keeps nothing any more. */
  close(): void {
    this.#closed = true;
    const waiting = [...this.#idle.values()].flat();
    this.#idle.clear();
    this.#deadlines.clear();
    for (const connection of waiting) this.retire(connection);
  }

  readonly #idleTooLong = (connection: OriginConnection): void => {
    this.#remove(connection);
    this.retire(connection);
  };

  readonly #ended = (connection: OriginConnection): void => {
    this.#deadlines.delete(connection);
    this.#retiring.delete(connection);
    this.#remove(connection);
    connection.discard();
  };

  #remove(connection: OriginConnection): void {
    const connections = this.#idle.get(connection.key);
    const at = connections?.indexOf(connection) ?? -1;
    if (connections === undefined || at < 0) return;
    connections.splice(at, 1);
    if (connections.length === 0) this.#idle.delete(connection.key);
  }
}
