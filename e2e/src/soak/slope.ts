/** A value at a time. */
export interface Point {
  /** Hours. */
  readonly at: number;
  readonly value: number;
}

/** A least-squares line through samples. */
export interface Slope {
  /** Per hour. */
  readonly perHour: number;
  /** Half of the 95 % interval of confidence, per hour; infinite below three samples. */
  readonly plusMinus: number;
  readonly samples: number;
}

/**
 * Least squares. The interval is Student's, for as many samples as they are worth: neighbours that resemble each other
 * (the residuals' correlation at lag one, r) say less, n (1 - r) / (1 + r).
 */
export const slopeOf = (points: readonly Point[]): Slope => {
  const n = points.length;
  if (n < 3) return { perHour: 0, plusMinus: Number.POSITIVE_INFINITY, samples: n };
  const meanAt = mean(points.map(({ at }) => at));
  const meanValue = mean(points.map(({ value }) => value));
  const spread = sum(points.map(({ at }) => (at - meanAt) ** 2));
  const perHour = sum(points.map(({ at, value }) => (at - meanAt) * (value - meanValue))) / spread;
  const rest = points.map(({ at, value }) => value - meanValue - perHour * (at - meanAt));
  const squares = sum(rest.map((r) => r * r));
  const lag = squares === 0 ? 0 : sum(rest.slice(1).map((r, place) => r * rest[place]!)) / squares;
  const worth = Math.max(3, Math.min(n, (n * (1 - lag)) / (1 + lag)));
  const error = Math.sqrt((squares / (n - 2) / spread) * (n / worth));
  return { perHour, plusMinus: studentT(worth - 2) * error, samples: n };
};

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

/** Student's t at 97.5 %: exact for one and two degrees of freedom, else within a percent (Cornish and Fisher's expansion). */
export const studentT = (degrees: number): number => {
  if (degrees < 1.5) return 12.706;
  if (degrees < 2.5) return 4.303;
  const z = 1.959964;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ];
  return z + terms.reduce((all, term, place) => all + term / degrees ** (place + 1), 0);
};
