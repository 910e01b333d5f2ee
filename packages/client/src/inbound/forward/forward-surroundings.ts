import type { DeadlineQueue } from "@octoproxy/lib/deadline/deadline-queue";
import type { ForwardConnection } from "./forward-connection.ts";
import type { ForwardRecord, ForwardRouter } from "./forward-route.ts";
import type { OriginPool } from "./origin-pool.ts";

/** What all connections that are forwarded share. */
export interface ForwardSurroundings {
  readonly route: ForwardRouter;
  readonly pool: OriginPool;
  /** Our name in Via: unique to the process, so that only a real loop looks like one. */
  readonly pseudonym: string;
  /** Answers close their connections from now on. */
  readonly draining: boolean;
  readonly finished: ((record: ForwardRecord) => void) | undefined;
  /** How many may wait for another request. */
  readonly maxIdle: number;
  /** Waiting for another request. */
  readonly idle: DeadlineQueue<ForwardConnection>;
  /** In the middle of a head. */
  readonly heads: DeadlineQueue<ForwardConnection>;
  /** The application sent FIN and waits for its answer. */
  readonly halfClosed: DeadlineQueue<ForwardConnection>;
  /** We sent FIN and wait for the application's: less long while draining. */
  readonly closing: DeadlineQueue<ForwardConnection>;
}
