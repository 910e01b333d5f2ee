import { type Quantity, quantities, type Sample } from "./sample.ts";
import { type Slope, slopeOf } from "./slope.ts";
import type { SoakRecord } from "./soak-record.ts";

export interface Trend {
  readonly daemon: string;
  readonly quantity: Quantity;
  readonly first: number;
  readonly last: number;
  readonly slope: Slope;
  /** Per hour: more than that, and surely more than 0 ({@link sure}), is a leak. */
  readonly limit: number;
  readonly leaks: boolean;
}

export interface Verdict {
  readonly good: boolean;
  readonly trends: readonly Trend[];
  /** Everything that makes it bad. */
  readonly faults: readonly string[];
}

/** Samples at the beginning that say how the daemons warm up, not whether they leak. */
const warmUpShare = 1 / 3;

/** Per hour. */
const perHour: Readonly<Record<Quantity, number>> = {
  heap: 1e6,
  code: Number.POSITIVE_INFINITY,
  external: 1e6,
  resident: 1e6,
  descriptors: 1,
  handles: 1,
};

/**
 * What a short run may have more of at its end than after its warm-up: code is still being compiled, caches still fill.
 * Kept tunnels of plain HTTP come and go: in an hour without a trend there were 35 to 52 descriptors, 12 to 60 handles.
 */
const allowance: Readonly<Record<Quantity, number>> = {
  heap: 3e6,
  code: Number.POSITIVE_INFINITY,
  external: 3e6,
  resident: 64e6,
  descriptors: 16,
  handles: 40,
};

/**
 * In intervals of 95 %. Fifteen lines are judged at once, of which one in three runs would seem to rise by chance: 1.5
 * intervals are 99.7 % each, and 95 % for all of them together (Bonferroni).
 */
const sure = 1.5;

/** From here on the hourly limits count by themselves. Hours of samples. */
const longRun = 0.5;

const trendsOf = (samples: readonly Sample[]): readonly Trend[] => {
  const counted = samples.slice(Math.floor(samples.length * warmUpShare));
  const [first, last] = [counted[0], counted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const hours = (last.at - first.at) / 3600;
  return Object.keys(first.readings).flatMap((daemon) =>
    quantities.map((quantity) => {
      const points = counted.map(({ at, readings }) => ({
        at: at / 3600,
        value: readings[daemon]?.[quantity] ?? Number.NaN,
      }));
      const slope = slopeOf(points);
      const limit =
        hours >= longRun ? perHour[quantity] : Math.max(perHour[quantity], allowance[quantity] / hours);
      const leaks = slope.perHour > limit && slope.perHour - sure * slope.plusMinus > 0;
      return { daemon, quantity, first: points[0]!.value, last: points.at(-1)!.value, slope, limit, leaks };
    }),
  );
};

/** What is to be thought of a run. */
export const verdictOf = ({ faults, samples }: SoakRecord): Verdict => {
  const trends = trendsOf(samples);
  const leaks = trends
    .filter((trend) => trend.leaks)
    .map(({ daemon, quantity }) => `${quantity} of ${daemon} grows`);
  const all = [...faults, ...leaks];
  return { good: all.length === 0, trends, faults: all };
};
