import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { LatencyView } from "../admin/schemas.ts";

/** Upper bounds of `octoproxy_open_seconds`, in seconds. */
export const openBuckets: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Percentiles are those of the last five to ten minutes. */
const windowMs = 5 * 60_000;
/** Recorded in tenths of a millisecond, to two digits, up to a minute. */
const perMs = 10;
const highest = 60_000 * perMs;

/** How long one party's tunnels took to open, in one protocol: what Prometheus is told. */
export interface BucketCounts {
  readonly party: string;
  readonly protocol: string;
  /** Of each bucket by itself; one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

interface Window {
  histogram: RecordableHistogram | undefined;
  before: RecordableHistogram | undefined;
  startedAt: number;
  count: number;
}

/**
 * How long tunnels took to open. Node's own HDR histograms: recording is about 30 ns, and nothing has to be loaded
 * (measured: 290 ms for hdr-histogram-js).
 */
export class OpenTimes {
  readonly #windows = new Map<string, Window>();
  readonly #buckets = new Map<
    string,
    { party: string; protocol: string; counts: number[]; sumSeconds: number }
  >();

  record(party: string, protocol: string, ms: number, now: number): void {
    const window = this.#window(party, now);
    window.count++;
    window.histogram ??= createHistogram({ lowest: 1, highest, figures: 2 });
    window.histogram.record(Math.min(highest, Math.max(1, Math.round(ms * perMs))));
    const key = `${party}\n${protocol}`;
    let buckets = this.#buckets.get(key);
    if (buckets === undefined) {
      buckets = { party, protocol, counts: new Array<number>(openBuckets.length + 1).fill(0), sumSeconds: 0 };
      this.#buckets.set(key, buckets);
    }
    const seconds = ms / 1000;
    let place = 0;
    while (place < openBuckets.length && seconds > openBuckets[place]!) place++;
    buckets.counts[place]!++;
    buckets.sumSeconds += seconds;
  }

  /** Of one party, over all protocols. `count` is of all times. */
  latency(party: string, now: number): LatencyView {
    const window = this.#windows.get(party);
    if (window === undefined) return { count: 0, p50: null, p90: null, p99: null };
    this.#turn(window, now);
    const merged = mergedOf(window);
    const at = (percentile: number): number | null =>
      merged === undefined ? null : merged.percentile(percentile) / perMs;
    return { count: window.count, p50: at(50), p90: at(90), p99: at(99) };
  }

  get buckets(): Iterable<BucketCounts> {
    return this.#buckets.values();
  }

  #window(party: string, now: number): Window {
    let window = this.#windows.get(party);
    if (window === undefined) {
      window = { histogram: undefined, before: undefined, startedAt: now, count: 0 };
      this.#windows.set(party, window);
    }
    this.#turn(window, now);
    return window;
  }

  #turn(window: Window, now: number): void {
    const age = now - window.startedAt;
    if (age < windowMs) return;
    window.before = age < 2 * windowMs ? window.histogram : undefined;
    window.histogram = undefined;
    window.startedAt = now;
  }
}

const mergedOf = ({ histogram, before }: Window): RecordableHistogram | undefined => {
  if (histogram === undefined || before === undefined) return histogram ?? before;
  const merged = createHistogram({ lowest: 1, highest, figures: 2 });
  merged.add(histogram);
  merged.add(before);
  return merged;
};
