import { formatTarget } from "@octoproxy/lib/address/target";
import type { TunnelLoad } from "@octoproxy/lib/balance/backend-load";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ByteStream } from "@octoproxy/lib/transport/tunnel-stream";
import type { ProxyStatusMember } from "@octoproxy/lib/tunnel/proxy-status";
import type { AttemptRecord } from "./backend/failover-step.ts";
import { openTunnel } from "./backend/open-tunnel.ts";
import { OpenFailure, type OpenRequest } from "./backend/tunnel-opening.ts";
import type { ClientPlane } from "./data-plane.ts";
import { directParty } from "./metrics/client-metrics.ts";
import type { Route } from "./route/route.ts";

/** A way to the target that stands. */
export interface OpenedRoute {
  readonly stream: ByteStream;
  /** The backend's name; undefined where it was dialed from here. */
  readonly backend: string | undefined;
  /** What its tunnel is counted under. */
  readonly party: string;
  readonly protocol: string;
  readonly attempts: readonly AttemptRecord[];
  /** To be closed when the tunnel is over; undefined where it was dialed from here. */
  readonly load: TunnelLoad | undefined;
}

/** A way that stands, for the access log. */
export const routeFields = ({
  backend,
  protocol,
  attempts,
}: OpenedRoute): Readonly<Record<string, unknown>> =>
  backend === undefined ? { backend: directParty } : { backend, protocol, attempts: attempts.map(inTenths) };

/**
 * Goes where the host rules say: nowhere, straight from here, or through a backend.
 * @param first the backend to ask first, where the picker has chosen already.
 * @throws ProxyError `BLOCKED` or of a direct target; OpenFailure of the backends; the signal's reason.
 */
export const openRoute = (
  route: Route,
  plane: ClientPlane,
  signal: AbortSignal,
  first?: string,
): Promise<OpenedRoute> => {
  const { kind, target, backend: only } = route;
  switch (kind) {
    case "block":
      return Promise.reject(
        new ProxyError("BLOCKED", {
          detail: `the host rule "${route.rule?.pattern}" blocks ${target.host}`,
        }),
      );
    case "direct":
      return plane.dialDirect(target, signal).then((stream) => ({
        stream,
        backend: undefined,
        party: directParty,
        protocol: "tcp",
        attempts: [],
        load: undefined,
      }));
    case "backend":
    case "balance": {
      const request: OpenRequest = {
        target: formatTarget(target),
        key: target.host,
        only: kind === "backend" ? only : undefined,
        first,
        deadlineMs: plane.connectTimeoutMs,
      };
      return openTunnel(plane.backends, request, signal);
    }
  }
};

/** A failure in the words of every hop, from the target's side to the application's. */
export interface RouteFailure {
  readonly error: ProxyError;
  readonly members: readonly ProxyStatusMember[];
  /** Whose answer it is; undefined where it is no backend's. */
  readonly backend: string | undefined;
  readonly attempts: readonly AttemptRecord[];
  /** For the access log. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What `openRoute` threw, for the application and the log. */
export const failureOf = (cause: unknown): RouteFailure => {
  const failure = cause instanceof OpenFailure ? cause : undefined;
  const error = ProxyError.from(failure?.cause ?? cause, "NO_BACKEND");
  const behind = error.received;
  const said = { error: error.traits.token, code: error.code, details: error.message };
  const own: ProxyStatusMember = {
    identity: "octoproxy-client",
    nextHop: failure?.backend ?? error.nextHop,
    ...(behind === undefined ? said : { receivedStatus: behind.status }),
  };
  return {
    error,
    members: [...(behind?.members ?? []), own],
    backend: failure?.backend,
    attempts: failure?.attempts ?? [],
    fields: { backend: failure?.backend, attempts: failure?.attempts.map(inTenths) },
  };
};

/** Milliseconds as they stand in the access log. */
const inTenths = (attempt: AttemptRecord): AttemptRecord => ({
  ...attempt,
  ms: Math.round(attempt.ms * 10) / 10,
});
