import type { CertificateView } from "@octoproxy/lib/admin/schemas";
import { daemonFamilies, samplesOf } from "@octoproxy/lib/metrics/daemon-families";
import type { MetricFamily } from "@octoproxy/lib/metrics/metric-family";
import { trafficFamilies } from "@octoproxy/lib/metrics/traffic-families";
import type { ServerMetrics } from "./server-metrics.ts";

/** What the families read beside the counters. */
export interface ServerMetricsSources {
  readonly metrics: ServerMetrics;
  connections(): number;
  certificates(): readonly CertificateView[];
  draining(): boolean;
  droppedLines(): number;
}

const words = {
  party: "client",
  bytesHelp: "Bytes in tunnels: in from the client, out to it.",
  openHelp: "Time to resolve and reach a target.",
};

/** The server's metrics, in the order of `doc/metrics.md`. */
export const serverFamilies = (sources: ServerMetricsSources): readonly MetricFamily[] => {
  const { book, openTimes, errors, reloads, refusals } = sources.metrics;
  return [
    ...trafficFamilies(book, openTimes, words),
    {
      name: "octoproxy_connections_active",
      type: "gauge",
      help: "Authenticated connections of clients.",
      labels: [],
      samples: () => [{ labels: [], value: sources.connections() }],
    },
    {
      name: "octoproxy_connections_refused_total",
      type: "counter",
      help: "Connections that were turned away before they could ask for a tunnel, by code.",
      labels: ["code"],
      samples: () => samplesOf(refusals),
    },
    ...daemonFamilies({
      role: "server",
      errors,
      reloads,
      certificates: () => sources.certificates(),
      draining: () => sources.draining(),
      droppedLines: () => sources.droppedLines(),
    }),
  ];
};
