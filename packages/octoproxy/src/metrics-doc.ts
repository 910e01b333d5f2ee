import { clientFamilies } from "@octoproxy/client/metrics/client-families";
import { ClientMetrics } from "@octoproxy/client/metrics/client-metrics";
import { withTables } from "@octoproxy/lib/config/key-table";
import type { MetricFamily } from "@octoproxy/lib/metrics/metric-family";
import { serverFamilies } from "@octoproxy/server/metrics/server-families";
import { ServerMetrics } from "@octoproxy/server/metrics/server-metrics";

const nothing = { certificates: () => [], draining: () => false, droppedLines: () => 0 };

/** What a client tells Prometheus, its process' own metrics aside. */
export const clientMetricFamilies = (): readonly MetricFamily[] =>
  clientFamilies({ metrics: new ClientMetrics(), backends: () => [], ...nothing });

/** What a server tells. */
export const serverMetricFamilies = (): readonly MetricFamily[] =>
  serverFamilies({ metrics: new ServerMetrics(), connections: () => 0, ...nothing });

/** `doc/metrics.md` with the tables that the code says, everything else as it was. */
export const metricsDoc = (text: string): string =>
  withTables(text, { client: table(clientMetricFamilies()), server: table(serverMetricFamilies()) });

const table = (families: readonly MetricFamily[]): string => {
  const rows = families.map(({ name, type, labels, help }) => {
    const shown = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${shown} | ${help} |`;
  });
  return ["| metric | type | labels | |", "|---|---|---|---|", ...rows].join("\n");
};
