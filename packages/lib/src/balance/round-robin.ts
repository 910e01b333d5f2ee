import { explainChoice } from "./explanation.ts";
import type { BackendPool, BackendSnapshot, Picker, PickRequest } from "./picker.ts";
import { SmoothTurns } from "./smooth-turns.ts";

/** Smooth weighted round robin: everybody in turn, the heavier more often and never in a bunch. */
export const roundRobin = (): Picker => {
  const turns = new SmoothTurns();
  let known: BackendPool | undefined;

  const prepare = (pool: BackendPool): void => {
    if (known === pool) return;
    known = pool;
    turns.replace(pool.up);
  };

  return {
    algorithm: "round_robin",
    pick(pool: BackendPool, { exclude }: PickRequest): BackendSnapshot | undefined {
      prepare(pool);
      const name = turns.next(exclude);
      return name === undefined ? undefined : pool.up[pool.place.get(name)!];
    },
    explain(pool, request) {
      const credits = turns.credits(pool.up);
      return explainChoice(
        "round_robin",
        pool,
        request,
        ({ name }) => ({ score: credits.get(name)!, why: "credit; the highest is next" }),
        (eligible) => {
          const next = eligible.reduce((a, b) => (b.score > a.score ? b : a));
          return { picked: next.name, reason: `it is the turn of ${next.name}` };
        },
      );
    },
  };
};
