import { median, type Result, values } from "./result.ts";

/** The median of one figure; NaN where it was not measured. */
export const figureOf = (result: Result, workload: string, chain: string, key: string): number => {
  const row = result.sections
    .find(({ name }) => name === workload)
    ?.rows.find((candidate) => candidate.chain === chain);
  return row === undefined ? Number.NaN : median(values(row, key));
};

/** The last point of a curve, the one at the greatest number; NaN where it was not measured. */
export const lastOf = (result: Result, along: string, unit: string): number =>
  result.curves.find((curve) => curve.along === along && curve.unit === unit)?.points.at(-1)?.value ??
  Number.NaN;
