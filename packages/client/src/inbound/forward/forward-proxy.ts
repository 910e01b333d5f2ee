import { randomBytes } from "node:crypto";
import { DeadlineQueue } from "@octoproxy/lib/deadline/deadline-queue";
import type { RequestHead } from "@octoproxy/lib/http1/request-head";
import type { ApplicationConnection } from "../application-connection.ts";
import { ForwardConnection } from "./forward-connection.ts";
import type { ForwardRecord, ForwardRouter } from "./forward-route.ts";
import type { ForwardSurroundings } from "./forward-surroundings.ts";
import { OriginPool, type OriginPoolLimits } from "./origin-pool.ts";

export interface ForwardProxyOptions {
  readonly route: ForwardRouter;
  /** Told of each request when its answer is complete, or has failed. */
  finished?(record: ForwardRecord): void;
  readonly pool?: OriginPoolLimits;
  /** How long an application's connection is kept between requests. Default 75 s. */
  readonly idleMs?: number;
  /** Connections of applications that are kept between requests; the oldest ends beyond. Default 4,096. */
  readonly maxIdle?: number;
  /** For a head, from its first byte. Default 8 s. */
  readonly headTimeoutMs?: number;
  /** For an answer, once the application has sent FIN. Default 60 s. */
  readonly halfClosedMs?: number;
  /** For the application to take the rest of its last answer. Default 120 s: it may be slow. */
  readonly closingMs?: number;
  /** Our name in Via. Default `octoproxy-` and eight random hexadecimal digits. */
  readonly pseudonym?: string;
}

/** While draining, for an application to follow our FIN: many look at a kept connection only when they need it again. */
const leavingMs = 1000;

/** Serves applications that speak plain HTTP to the proxy (`GET http://host/path`). */
export class ForwardProxy {
  readonly #surroundings: ForwardSurroundings & {
    draining: boolean;
    closing: DeadlineQueue<ForwardConnection>;
  };

  constructor(options: ForwardProxyOptions) {
    const { idleMs = 75_000, headTimeoutMs = 8000, halfClosedMs = 60_000, closingMs = 120_000 } = options;
    const queue = (ms: number, expired: (connection: ForwardConnection) => void) =>
      new DeadlineQueue(ms, expired);
    this.#surroundings = {
      route: options.route,
      pool: new OriginPool(options.pool),
      pseudonym: options.pseudonym ?? `octoproxy-${randomBytes(4).toString("hex")}`,
      draining: false,
      finished: options.finished === undefined ? undefined : (record) => options.finished?.(record),
      maxIdle: options.maxIdle ?? 4096,
      idle: queue(idleMs, (connection) => connection.finish()),
      heads: queue(headTimeoutMs, (connection) => connection.expire()),
      halfClosed: queue(halfClosedMs, (connection) => connection.cut()),
      closing: queue(closingMs, (connection) => connection.cut()),
    };
  }

  /**
   * Takes an application's connection with its first request; `rest` are the bytes behind its head.
   * @returns as `StreamOwner.data`, of the chunk that `rest` is from.
   */
  serve(connection: ApplicationConnection, head: RequestHead, rest: Uint8Array): boolean {
    return new ForwardConnection(connection, this.#surroundings).begin(head, rest);
  }

  /** Tunnels that are kept for another request. */
  get keptTunnels(): number {
    return this.#surroundings.pool.size;
  }

  /** Lets running requests finish, with `Connection: close`; ends connections and tunnels that wait for another. */
  drain(): void {
    const { idle, pool } = this.#surroundings;
    this.#surroundings.draining = true;
    for (let next = idle.oldest; next !== undefined; next = idle.oldest) next.finish();
    const { closing } = this.#surroundings;
    const leaving = new DeadlineQueue<ForwardConnection>(leavingMs, ({ stream }) => stream.destroySoon());
    for (let next = closing.oldest; next !== undefined; next = closing.oldest) {
      closing.delete(next);
      leaving.add(next);
    }
    this.#surroundings.closing = leaving;
    pool.close();
  }
}
