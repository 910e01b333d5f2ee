import type { CertificateView } from "../admin/schemas.ts";
import { version } from "../version.ts";
import type { CounterTable } from "./counter-table.ts";
import type { MetricFamily, Sample } from "./metric-family.ts";

/** What both daemons tell about themselves. */
export interface DaemonSources {
  readonly role: "client" | "server";
  /** By code and side. */
  readonly errors: CounterTable;
  /** By outcome. */
  readonly reloads: CounterTable;
  certificates(): readonly CertificateView[];
  draining(): boolean;
  /** Lines that the log lost. */
  droppedLines(): number;
}

/** The counts of a table as samples. */
export const samplesOf = (table: CounterTable): Sample[] =>
  [...table.entries].map(({ labels, count }) => ({ labels, value: count }));

/** The first end in each file. */
const endsOf = (certificates: readonly CertificateView[]): Sample[] => {
  const ends = new Map<string, number>();
  for (const { file, not_after } of certificates) {
    ends.set(file, Math.min(ends.get(file) ?? Number.POSITIVE_INFINITY, Date.parse(not_after) / 1000));
  }
  return [...ends].map(([file, value]) => ({ labels: [file], value }));
};

/** Errors, certificates, reloads, and what runs here. */
export const daemonFamilies = (sources: DaemonSources): readonly MetricFamily[] => [
  {
    name: "octoproxy_errors_total",
    type: "counter",
    help: "Requests that failed and tunnels that were cut, by code and by whose fault it was.",
    labels: ["code", "side"],
    samples: () => samplesOf(sources.errors),
  },
  {
    name: "octoproxy_certificate_not_after_seconds",
    type: "gauge",
    help: "When the certificate ends, in seconds since 1970.",
    labels: ["file"],
    samples: () => endsOf(sources.certificates().filter(({ holds }) => holds !== "revocation_list")),
  },
  {
    name: "octoproxy_revocation_list_next_update_seconds",
    type: "gauge",
    help: "When the revocation list ends, which then refuses everyone, in seconds since 1970.",
    labels: ["file"],
    samples: () => endsOf(sources.certificates().filter(({ holds }) => holds === "revocation_list")),
  },
  {
    name: "octoproxy_reloads_total",
    type: "counter",
    help: "Reloads of the configuration, by outcome: done, refused.",
    labels: ["outcome"],
    samples: () => samplesOf(sources.reloads),
  },
  {
    name: "octoproxy_draining",
    type: "gauge",
    help: "1 while the daemon drains, else 0.",
    labels: [],
    samples: () => [{ labels: [], value: sources.draining() ? 1 : 0 }],
  },
  {
    name: "octoproxy_log_lines_dropped_total",
    type: "counter",
    help: "Lines of the log that were lost: the disk was full, its reader gone or stuck.",
    labels: [],
    samples: () => [{ labels: [], value: sources.droppedLines() }],
  },
  {
    name: "octoproxy_build_info",
    type: "gauge",
    help: "Always 1; the version is a label.",
    labels: ["version", "role"],
    samples: () => [{ labels: [version, sources.role], value: 1 }],
  },
];
