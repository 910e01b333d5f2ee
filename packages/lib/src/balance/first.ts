import { explainChoice } from "./explanation.ts";
import type { Picker } from "./picker.ts";

/** The first of the file that is up; back to it as soon as it is up again. */
export const first = (): Picker => ({
  algorithm: "first",
  pick: ({ up }, { exclude }) => up.find(({ name }) => !exclude.has(name)),
  explain(pool, request) {
    let order = 0;
    return explainChoice(
      "first",
      pool,
      request,
      () => {
        order++;
        return { score: order, why: `number ${order} of those that are up` };
      },
      ([chosen]) => ({ picked: chosen?.name, reason: `${chosen?.name} is the first of the file that is up` }),
    );
  },
});
