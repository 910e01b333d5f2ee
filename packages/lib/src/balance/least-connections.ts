import { explainChoice, lowestWins } from "./explanation.ts";
import { leastOf } from "./least.ts";
import { tunnelsStanding, whyTunnels } from "./load-standing.ts";
import type { Picker } from "./picker.ts";

/** The one with the fewest open tunnels for its weight. */
export const leastConnections = (): Picker => ({
  algorithm: "least_connections",
  pick: (pool, request) => leastOf(pool, request, tunnelsStanding),
  explain: (pool, request) =>
    explainChoice(
      "least_connections",
      pool,
      request,
      (backend) => ({ score: tunnelsStanding(backend), why: whyTunnels(backend) }),
      (eligible) => lowestWins(eligible, "number of tunnels for its weight"),
    ),
});
