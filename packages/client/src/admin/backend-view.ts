import type {
  BackendView,
  CertificateView,
  LastErrorView,
  LatencyView,
  ProtocolChoice,
} from "@octoproxy/lib/admin/schemas";
import { trafficView } from "@octoproxy/lib/admin/traffic-view";
import { roundedTo } from "@octoproxy/lib/admin/tunnel-view";
import { printable } from "@octoproxy/lib/error/proxy-error";
import type { PartyTotals } from "@octoproxy/lib/metrics/tunnel-book";
import type { BackendState } from "../backend/backend-state.ts";
import type { BackendConfig } from "../config/client-config.ts";

/** What a backend's view is made from; times are those of `performance.now()`. */
export interface BackendFacts {
  readonly config: BackendConfig;
  /** With what the admin API changed. */
  readonly protocol: ProtocolChoice;
  readonly state: BackendState;
  readonly inUse:
    | { readonly protocol: string; readonly sinceMs: number; readonly why: string | undefined }
    | undefined;
  readonly ejectedUntilMs: number | undefined;
  readonly retryAtMs: number | undefined;
  readonly roundTripMs: number | undefined;
  readonly lastError: LastErrorView | undefined;
  readonly certificate: CertificateView | undefined;
  readonly totals: PartyTotals | undefined;
  readonly latency: LatencyView;
  readonly failures: Readonly<Record<string, number>>;
}

export const backendView = (facts: BackendFacts): BackendView => {
  const { config, state, inUse, lastError } = facts;
  const failed =
    state.code === undefined
      ? (lastError ?? null)
      : {
          code: state.code,
          message: printable(state.reason ?? ""),
          at: lastError?.at ?? instant(state.sinceMs),
        };
  return {
    name: printable(config.name),
    address: printable(config.address),
    server_name: printable(config.serverName),
    weight: config.weight,
    protocol: {
      configured: facts.protocol,
      in_use: inUse?.protocol ?? null,
      since: inUse === undefined ? null : instant(inUse.sinceMs),
      why: inUse?.why === undefined ? null : printable(inUse.why),
    },
    status: state.status,
    since: instant(state.sinceMs),
    ejected_until: facts.ejectedUntilMs === undefined ? null : instant(facts.ejectedUntilMs),
    retry_at: facts.retryAtMs === undefined ? null : instant(facts.retryAtMs),
    given_up: state.givenUp,
    last_error: failed,
    certificate: facts.certificate ?? null,
    round_trip_ms: facts.roundTripMs === undefined ? null : roundedTo(facts.roundTripMs, 100),
    open_ms: facts.latency,
    failures: { ...facts.failures },
    ...trafficView(facts.totals === undefined ? [] : [facts.totals]),
  };
};

const instant = (ms: number): string => new Date(performance.timeOrigin + ms).toISOString();
