/** A cost at a number. */
export interface Point {
  readonly n: number;
  readonly value: number;
}

/** Costs that differ by less than this factor from end to end are called flat: the machine's own noise is that great. */
const flatFactor = 1.6;

/** Exponents below this are no growth that anybody would notice: a factor of 3 over four decades. */
const smallestExponent = 0.12;

const models = [
  { name: "logarithmic", of: (n: number) => Math.log2(n) },
  { name: "as the square root", of: Math.sqrt },
  { name: "linear", of: (n: number) => n },
  { name: "n log n", of: (n: number) => n * Math.log2(n + 1) },
  { name: "quadratic", of: (n: number) => n * n },
] as const;

/**
 * The order of growth in words. Each model is fitted as `a + b · f(n)` to the relative errors, b being positive; the
 * one with the least error wins, and the slower growing one where another is not clearly better.
 */
export const growthOrder = (points: readonly Point[]): string => {
  if (points.length < 4) return "too few points";
  const values = points.map(({ value }) => value);
  if (Math.max(...values) < flatFactor * Math.min(...values)) return "flat";
  if (exponent(points) < smallestExponent) return "nearly flat";
  let best: { name: string; error: number } | undefined;
  for (const { name, of } of models) {
    const error = relativeError(points, of);
    if (error !== undefined && (best === undefined || error < 0.8 * best.error)) best = { name, error };
  }
  return best?.name ?? "none of these";
};

/** Slope of the straight line through the points on logarithmic axes. */
const exponent = (points: readonly Point[]): number => {
  const [x, y] = [points.map(({ n }) => Math.log(n)), points.map(({ value }) => Math.log(value))];
  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  const covariance = mean(x.map((at, index) => (at - meanX) * ((y[index] ?? 0) - meanY)));
  return covariance / mean(x.map((at) => (at - meanX) ** 2));
};

/** Least squares of `(a + b f(n)) / value - 1`; undefined where b is not positive. */
const relativeError = (points: readonly Point[], of: (n: number) => number): number | undefined => {
  // With x = 1/value and y = f(n)/value the wanted a and b make a·x + b·y as near to 1 as can be.
  let [xx, xy, yy, x1, y1] = [0, 0, 0, 0, 0];
  for (const { n, value } of points) {
    const [x, y] = [1 / value, of(n) / value];
    xx += x * x;
    xy += x * y;
    yy += y * y;
    x1 += x;
    y1 += y;
  }
  const determinant = xx * yy - xy * xy;
  if (determinant === 0) return undefined;
  const a = (x1 * yy - y1 * xy) / determinant;
  const b = (y1 * xx - x1 * xy) / determinant;
  if (b <= 0) return undefined;
  const squares = points.map(({ n, value }) => ((a + b * of(n)) / value - 1) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / points.length);
};
