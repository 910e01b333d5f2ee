import type { ErrorCode } from "@octoproxy/lib/error/codes";
import type { ProxyError } from "@octoproxy/lib/error/proxy-error";

/** What the failover of one request wants done, in this order. */
export type FailoverStep =
  /** Ask this backend for the tunnel; report `opened` or `failed`. */
  | { readonly kind: "open"; readonly backend: string }
  /** Ask its connection for a sign of life; report `pong`, or `failed` where the connection breaks. */
  | { readonly kind: "ping"; readonly backend: string }
  /** Reset its stream: another one was faster, or nobody waits any more. Not a fault. */
  | { readonly kind: "cancel"; readonly backend: string }
  /** Count a failure against it. Its stream is over, or a `cancel` follows. */
  | { readonly kind: "charge"; readonly backend: string; readonly code: ErrorCode }
  /** It did not answer the ping: reset its stream and give its connection no new ones. A `charge` stands before. */
  | { readonly kind: "gone"; readonly backend: string }
  /** Nobody is left to ask, but one may come up: connect at once, report `backendUp`. */
  | { readonly kind: "await_backend" }
  /** The tunnel of this backend is the one. The last step. */
  | { readonly kind: "deliver"; readonly backend: string }
  /** Nobody can: this is the answer, and whose it is. The last step. */
  | { readonly kind: "refuse"; readonly error: ProxyError; readonly backend: string | undefined };

/** What failover may ask about the backends. Both answer at once. */
export interface FailoverBackends {
  /** The picker's choice among those that are up and not in `tried`, or connected anew since they were tried. */
  pick(tried: ReadonlySet<string>): string | undefined;
  /** Whether one may come up soon: one that is down and not disabled, or one that lost its connection just now (`gone`). */
  hope(tried: ReadonlySet<string>, gone?: string): boolean;
}

/** Times in milliseconds; each is a time after its cause. */
export interface FailoverTimes {
  /** For the whole request (`connect_timeout`). */
  readonly deadlineMs: number;
  /** Silence of an attempt before its connection is pinged. */
  readonly pingAfterMs: number;
  /** Silence of the ping before the backend counts as gone. */
  readonly pongWithinMs: number;
  /** Silence of an attempt whose ping was answered before another backend is tried beside it. */
  readonly parallelAfterMs: number;
  /** How long a request waits for a backend to come up where none is. */
  readonly awaitBackendMs: number;
}

/** The figures of `doc/protocol.md`, "Slow target or dead backend?". */
export const failoverTimes: FailoverTimes = {
  deadlineMs: 10_000,
  pingAfterMs: 1000,
  pongWithinMs: 1000,
  parallelAfterMs: 3000,
  awaitBackendMs: 2500,
};

/** One attempt, for the access log. */
export interface AttemptRecord {
  readonly backend: string;
  /** Why it was not the one; undefined for the one that was, and for one that was given up without a fault. */
  readonly code: ErrorCode | undefined;
  readonly ms: number;
}
