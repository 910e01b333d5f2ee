import { excludedPlaces, nthPlace } from "./backend-pool.ts";
import { explainChoice } from "./explanation.ts";
import { openingTimeStanding, whyOpeningTime } from "./load-standing.ts";
import type { Picker } from "./picker.ts";

/** The power of two choices: of two drawn at random the one that stands better by opening time. */
export const p2c = (): Picker => ({
  algorithm: "p2c",
  pick(pool, request) {
    const { now, random } = request;
    const excluded = excludedPlaces(pool, request.exclude);
    const left = pool.up.length - excluded.length;
    if (left <= 0) return undefined;
    const a = Math.floor(random() * left);
    const one = pool.up[nthPlace(a, excluded)]!;
    if (left === 1) return one;
    let b = Math.floor(random() * (left - 1));
    if (b >= a) b++; // two distinct ones, each pair equally likely
    const other = pool.up[nthPlace(b, excluded)]!;
    return openingTimeStanding(one, now) <= openingTimeStanding(other, now) ? one : other;
  },
  explain: (pool, request) =>
    explainChoice(
      "p2c",
      pool,
      request,
      (backend) => ({
        score: openingTimeStanding(backend, request.now),
        why: whyOpeningTime(backend, request.now),
      }),
      ([only, other, third]) => {
        if (only === undefined || other === undefined) {
          return { picked: only?.name, reason: `${only?.name} is the only one left` };
        }
        if (third === undefined && only.score !== other.score) {
          const picked = only.score < other.score ? only.name : other.name;
          return { picked, reason: `${picked} has the lower opening time under load of the two` };
        }
        return {
          picked: undefined,
          reason: "two are drawn for every request; the lower opening time under load wins",
        };
      },
    ),
});
