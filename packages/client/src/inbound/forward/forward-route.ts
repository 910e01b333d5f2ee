import type { Target } from "@octoproxy/lib/address/target";
import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ByteStream } from "@octoproxy/lib/transport/tunnel-stream";
import type { ProxyStatusMember } from "@octoproxy/lib/tunnel/proxy-status";

/** A way to an origin that the host rules and the balancer have chosen. May be shared by many requests. */
export interface ForwardRoute {
  /** The backend's name, or a word for a direct dial: kept tunnels of the same word may serve the request. */
  readonly key: string;
  /** Where it leads: another place than the request's, where a rule rewrites it. Kept tunnels are told apart by it too. */
  readonly target: Target;
  /** Opens a tunnel, with failover. Aborting gives it up; then nobody waits for what comes of it. */
  open(signal: AbortSignal): Promise<TunnelOutcome>;
}

export type TunnelOutcome = OpenedTunnel | FailedTunnel;

export interface OpenedTunnel {
  /** Not owned yet. */
  readonly stream: ByteStream;
  /** The key of the way that it took, which failover may have changed. */
  readonly key: string;
  /** Called once, when the tunnel is over. */
  readonly done?: (() => void) | undefined;
}

export interface FailedTunnel {
  readonly error: ProxyError;
  /** As for `ApplicationRequest.fail`. */
  readonly members?: readonly ProxyStatusMember[] | undefined;
}

/**
 * Chooses the way for one request. Called for each, kept tunnels or not: the balancer counts it.
 * @throws ProxyError where there is none (`BLOCKED`, `NO_BACKEND`).
 */
export type ForwardRouter = (target: Target) => ForwardRoute;

/** One request that was forwarded, for the access log and the counters. */
export interface ForwardRecord {
  readonly source: string;
  readonly method: string;
  readonly target: Target;
  /** The way that it took. */
  readonly key: string;
  /** What the application was told. */
  readonly status: number | undefined;
  /** Why it failed, where it did. */
  readonly error: ProxyError | undefined;
  /** Bytes of the bodies as they went over the wire, chunk framing included; after an upgrade, of what followed. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** From the end of its head to the end of the answer. */
  readonly ms: number;
}

/** What is to be written down about a request. `error` is why it failed, where it did. */
export const recordOf = (
  exchange: {
    readonly plan: { readonly method: string; readonly target: Target };
    readonly key: string;
    readonly bytesUp: number;
    readonly bytesDown: number;
    readonly status: number | undefined;
    readonly startedAt: number;
  },
  source: string,
  error: ProxyError | undefined,
): ForwardRecord => ({
  source,
  method: exchange.plan.method,
  target: exchange.plan.target,
  key: exchange.key,
  status: exchange.status ?? error?.traits.status,
  error,
  bytesUp: exchange.bytesUp,
  bytesDown: exchange.bytesDown,
  ms: performance.now() - exchange.startedAt,
});
