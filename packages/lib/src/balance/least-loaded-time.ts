import { explainChoice, lowestWins } from "./explanation.ts";
import { leastOf } from "./least.ts";
import { openingTimeStanding, whyOpeningTime } from "./load-standing.ts";
import type { Picker } from "./picker.ts";

/** The one through which tunnels open fastest, its open tunnels and its weight counted in. */
export const leastLoadedTime = (): Picker => ({
  algorithm: "least_loaded_time",
  pick: (pool, request) => leastOf(pool, request, (backend) => openingTimeStanding(backend, request.now)),
  explain: (pool, request) =>
    explainChoice(
      "least_loaded_time",
      pool,
      request,
      (backend) => ({
        score: openingTimeStanding(backend, request.now),
        why: whyOpeningTime(backend, request.now),
      }),
      (eligible) => lowestWins(eligible, "opening time under load"),
    ),
});
