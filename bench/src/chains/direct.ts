import type { Chain } from "../chain.ts";

/** The load generator straight at the origin: what every ratio is taken to. */
export const direct: Chain = {
  name: "direct",
  transport: "none",
  missing: undefined,
  start: async () => ({ proxy: undefined, secured: undefined, daemons: [] }),
};
