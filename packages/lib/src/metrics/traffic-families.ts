import type { MetricFamily } from "./metric-family.ts";
import { type OpenTimes, openBuckets } from "./open-times.ts";
import { type PartyTotals, type TunnelBook, tunnelOutcomes } from "./tunnel-book.ts";

/** Words of a daemon for what both of them count. */
export interface TrafficWords {
  /** The label that tells parties apart: `backend` in a client, `client` in a server. */
  readonly party: string;
  readonly bytesHelp: string;
  readonly openHelp: string;
}

/** Tunnels, their bytes and their opening times. */
export const trafficFamilies = (
  book: TunnelBook,
  openTimes: OpenTimes,
  { party: label, bytesHelp, openHelp }: TrafficWords,
): readonly MetricFamily[] => {
  const totals = (): PartyTotals[] => [...book.totals(performance.now()).values()];
  return [
    {
      name: "octoproxy_tunnels_active",
      type: "gauge",
      help: "Tunnels that stand now.",
      labels: [label],
      samples: () => totals().map(({ party, active }) => ({ labels: [party], value: active })),
    },
    {
      name: "octoproxy_tunnels_total",
      type: "counter",
      help: "Tunnels that ended and requests for one that failed, by outcome: closed, broken, refused, cancelled.",
      labels: [label, "outcome"],
      samples: () =>
        totals().flatMap(({ party, ended }) =>
          tunnelOutcomes.map((outcome) => ({ labels: [party, outcome], value: ended[outcome] })),
        ),
    },
    {
      name: "octoproxy_bytes_total",
      type: "counter",
      help: bytesHelp,
      labels: [label, "direction"],
      samples: () =>
        totals().flatMap(({ party, bytesIn, bytesOut }) => [
          { labels: [party, "in"], value: bytesIn },
          { labels: [party, "out"], value: bytesOut },
        ]),
    },
    {
      name: "octoproxy_open_seconds",
      type: "histogram",
      help: openHelp,
      labels: [label, "protocol"],
      bounds: openBuckets,
      samples: () =>
        [...openTimes.buckets].map(({ party, protocol, counts, sumSeconds }) => ({
          labels: [party, protocol],
          counts,
          sum: sumSeconds,
        })),
    },
  ];
};
