/** One sample: label values in the order of the family's label names. */
export interface Sample {
  readonly labels: readonly string[];
  readonly value: number;
}

export interface HistogramSample {
  readonly labels: readonly string[];
  /** Of each bucket by itself; the last one is above every bound. */
  readonly counts: readonly number[];
  readonly sum: number;
}

interface FamilyFacts {
  /** As Prometheus sees it; a counter's ends in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** One metric of `doc/metrics.md`. Its samples are read when somebody scrapes. */
export type MetricFamily =
  | (FamilyFacts & { readonly type: "counter" | "gauge"; readonly samples: () => Iterable<Sample> })
  | (FamilyFacts & {
      readonly type: "histogram";
      readonly bounds: readonly number[];
      readonly samples: () => Iterable<HistogramSample>;
    });
