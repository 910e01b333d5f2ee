import { excludedPlaces } from "./backend-pool.ts";
import { explainChoice, percent } from "./explanation.ts";
import type { BackendPool, Picker } from "./picker.ts";

/** A draw by weight, in a logarithm of the number of backends. */
export const random = (): Picker => {
  let summed: BackendPool | undefined;
  let sums = new Float64Array(1);

  /** `sums[i]` is the weight of all places before `i`. */
  const sumsOf = (pool: BackendPool): Float64Array => {
    if (summed !== pool) {
      summed = pool;
      sums = new Float64Array(pool.up.length + 1);
      for (const [place, { weight }] of pool.up.entries()) sums[place + 1] = sums[place]! + weight;
    }
    return sums;
  };

  return {
    algorithm: "random",
    pick(pool, request) {
      const excluded = excludedPlaces(pool, request.exclude);
      if (excluded.length >= pool.up.length) return undefined;
      const sums = sumsOf(pool);
      let total = sums[pool.up.length]!;
      for (const place of excluded) total -= pool.up[place]!.weight;
      let drawn = request.random() * total;
      // The draw is over what is left when the excluded ones are cut out: step over each that lies before it.
      for (const place of excluded) if (drawn >= sums[place]!) drawn += pool.up[place]!.weight;
      const place = lastAtMost(sums, drawn, pool.up.length);
      return pool.up[excluded.includes(place) ? neighbour(place, excluded, pool.up.length) : place];
    },
    explain(pool, request) {
      let total = 0;
      for (const { name, weight } of pool.up) if (!request.exclude.has(name)) total += weight;
      return explainChoice(
        "random",
        pool,
        request,
        ({ weight }) => ({ score: weight / total, why: `${percent(weight / total)} of the draws` }),
        ([only, other]) =>
          other === undefined
            ? { picked: only?.name, reason: `${only?.name} is the only one left` }
            : { picked: undefined, reason: "drawn by weight for every request" },
      );
    },
  };
};

/** The last place below `length` whose sum is at most `value`. */
const lastAtMost = (sums: Float64Array, value: number, length: number): number => {
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sums[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
};

/** Rounding can put a draw on the edge of an excluded place: the nearest one that is not excluded. */
const neighbour = (place: number, excluded: readonly number[], length: number): number => {
  for (let step = 1; step < length; step++) {
    if (place + step < length && !excluded.includes(place + step)) return place + step;
    if (place - step >= 0 && !excluded.includes(place - step)) return place - step;
  }
  return place;
};
