import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from "prom-client";
import type { HistogramSample, MetricFamily, Sample } from "./metric-family.ts";

/** What `promtool check metrics` refuses: gauges that are called `_total`. */
const misnamed = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

/** Prometheus text of these families and of the Node process. Loading it takes a while: only where it is asked for. */
export class Scrape {
  readonly #registry = new Registry();

  constructor(families: readonly MetricFamily[]) {
    for (const family of families) this.#registry.registerMetric(metricOf(family));
    collectDefaultMetrics({ register: this.#registry });
    for (const name of misnamed) this.#registry.removeSingleMetric(name);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

const metricOf = (family: MetricFamily): Metric => {
  const { name, help, labels: labelNames } = family;
  if (family.type === "histogram") return histogramOf(family) as unknown as Metric;
  const { samples } = family;
  if (family.type === "gauge") {
    return new Gauge({
      name,
      help,
      labelNames,
      registers: [],
      collect() {
        this.reset();
        for (const { labels, value } of samples()) this.labels(...labels).set(value);
      },
    });
  }
  return new Counter({
    name,
    help,
    labelNames,
    registers: [],
    collect() {
      this.reset();
      for (const { labels, value } of samples()) this.labels(...labels).inc(value);
    },
  });
};

/** prom-client's own histogram cannot be given counts that were made elsewhere; a registry asks no more than `get`. */
const histogramOf = ({
  name,
  help,
  labels,
  bounds,
  samples,
}: MetricFamily & { readonly type: "histogram" }) => ({
  name,
  help,
  type: "histogram",
  get: async () => ({
    name,
    help,
    type: "histogram",
    aggregator: "sum",
    values: [...samples()].flatMap((sample) => seriesOf(name, labels, bounds, sample)),
  }),
  reset: () => undefined,
});

const seriesOf = (
  name: string,
  labelNames: readonly string[],
  bounds: readonly number[],
  { labels: values, counts, sum }: HistogramSample,
) => {
  const labels = labelled(labelNames, values);
  let below = 0;
  const buckets = counts.map((count, place) => {
    below += count;
    const le = place < bounds.length ? String(bounds[place]) : "+Inf";
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: below },
  ];
};

const labelled = (names: readonly string[], values: Sample["labels"]): Record<string, string> =>
  Object.fromEntries(names.map((name, place) => [name, values[place] ?? ""]));
