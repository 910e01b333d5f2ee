import type { BackendView, CertificateView } from "@octoproxy/lib/admin/schemas";
import { daemonFamilies, samplesOf } from "@octoproxy/lib/metrics/daemon-families";
import type { MetricFamily, Sample } from "@octoproxy/lib/metrics/metric-family";
import { trafficFamilies } from "@octoproxy/lib/metrics/traffic-families";
import type { ClientMetrics } from "./client-metrics.ts";

/** What the families read beside the counters. */
export interface ClientMetricsSources {
  readonly metrics: ClientMetrics;
  backends(): readonly BackendView[];
  certificates(): readonly CertificateView[];
  draining(): boolean;
  droppedLines(): number;
}

const words = {
  party: "backend",
  bytesHelp: "Bytes in tunnels: in from the backend, out to it.",
  openHelp: "Time from asking a backend for a tunnel to its word that the target is connected.",
};

/** The client's metrics, in the order of `doc/metrics.md`. */
export const clientFamilies = (sources: ClientMetricsSources): readonly MetricFamily[] => {
  const { book, openTimes, errors, reloads, failures, failovers } = sources.metrics;
  return [
    ...trafficFamilies(book, openTimes, words),
    ...backendFamilies(sources),
    {
      name: "octoproxy_backend_failures_total",
      type: "counter",
      help: "Attempts to open a tunnel that failed at the backend, by code.",
      labels: ["backend", "code"],
      samples: () => samplesOf(failures),
    },
    {
      name: "octoproxy_failovers_total",
      type: "counter",
      help: "Requests that went on to another backend, by the one that failed and the one that was asked next.",
      labels: ["from", "to"],
      samples: () => samplesOf(failovers),
    },
    ...daemonFamilies({
      role: "client",
      errors,
      reloads,
      certificates: () => sources.certificates(),
      draining: () => sources.draining(),
      droppedLines: () => sources.droppedLines(),
    }),
  ];
};

const backendFamilies = (sources: ClientMetricsSources): readonly MetricFamily[] => {
  const each = (value: (backend: BackendView) => number | undefined) => (): Sample[] =>
    sources.backends().flatMap((backend) => {
      const found = value(backend);
      return found === undefined ? [] : [{ labels: [backend.name], value: found }];
    });
  return [
    {
      name: "octoproxy_backend_up",
      type: "gauge",
      help: "1 while the backend is connected and enabled, else 0.",
      labels: ["backend"],
      samples: each(({ status }) => (status === "normal" ? 1 : 0)),
    },
    {
      name: "octoproxy_backend_ejected",
      type: "gauge",
      help: "1 while the backend is connected but gets no tunnels, because it failed to open them, else 0.",
      labels: ["backend"],
      samples: each(({ ejected_until }) => (ejected_until === null ? 0 : 1)),
    },
    {
      name: "octoproxy_backend_protocol",
      type: "gauge",
      help: "1 for the protocol in which the backend is connected.",
      labels: ["backend", "protocol"],
      samples: () =>
        sources
          .backends()
          .flatMap(({ name, protocol: { in_use: inUse } }) =>
            inUse === null ? [] : [{ labels: [name, inUse], value: 1 }],
          ),
    },
    {
      name: "octoproxy_backend_round_trip_seconds",
      type: "gauge",
      help: "Last measured round trip to the backend.",
      labels: ["backend"],
      samples: each(({ round_trip_ms: ms }) => (ms === null ? undefined : ms / 1000)),
    },
  ];
};
