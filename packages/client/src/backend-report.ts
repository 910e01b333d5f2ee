import type { Logger } from "@octoproxy/lib/log/logger";
import type { ClientControl } from "./admin/client-control.ts";
import type { BackendSet, BackendSetEvents } from "./backend/backend-set.ts";
import type { ClientMetrics } from "./metrics/client-metrics.ts";

/** Who is told of the backends. */
export interface BackendReportFace {
  readonly plane: { readonly backends: BackendSet; readonly metrics: ClientMetrics };
  /** Undefined while there is no admin API. */
  readonly control: ClientControl | undefined;
}

/** Tells the log, the metrics and the control plane what happens to the backends. */
export const reportBackends = (
  log: Logger,
  face: BackendReportFace,
  changed: () => void,
): BackendSetEvents => ({
  changed: (change) => {
    const { backend, to, from, code, level, message, event } = change;
    const { backends, metrics } = face.plane;
    const protocol = backends.get(backend)?.connection?.protocol;
    const reason = backends.get(backend)?.state.reason;
    log[level]({ backend, status: to, from, event, protocol, code, reason, say: message }, "backend");
    if (code !== undefined) metrics.backendFailed(backend, code, reason ?? message);
    face.control?.backendChanged(change);
    changed();
  },
  moved: (move) => {
    const { backend, from, to: protocol, why } = move;
    const say = `${backend} goes on over ${protocol} instead of ${from}`;
    log.info({ backend, status: "normal", event: "protocol", protocol, from, why, say }, "backend");
    face.control?.backendMoved(move);
  },
  ejected: (backend, untilMs, count) => {
    const seconds = Math.round((untilMs - performance.now()) / 1000);
    log.warn({ backend, seconds, count }, "backend ejected: it failed to open tunnels five times in a row");
    face.control?.backendEjected(backend, untilMs);
  },
  expelled: ({ backend, tunnels, error: { code, message: reason } }) =>
    log.warn({ backend, tunnels, code, reason }, "connection ended, the server's certificate is revoked"),
});
