import type { TuiState } from "../store/state.ts";
import { duration } from "../text/duration.ts";

/** How old the figures are, where the daemon is lost. */
export const freshness = ({ link, snapshot, nowMs, heardAtMs }: TuiState): string =>
  link.kind === "lost" && snapshot !== undefined ? `as of ${duration(nowMs - heardAtMs)} ago` : "";
