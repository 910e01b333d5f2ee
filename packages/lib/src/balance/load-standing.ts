import type { BackendSnapshot } from "./picker.ts";

/**
 * A backend without a sample that is being probed stands behind every proven one: the crowd waits for the one probe.
 * Above any cost that can be: 16,384 tunnels × 10 s × a weight of 1/1000 is 1.6e11.
 */
const probedMs = 1e12;
/** A backend whose sign of life is awaited stands behind all others. */
const doubtful = 1e15;

/**
 * Where a backend stands by the time that tunnels take to open: the lower, the better. In milliseconds,
 * peak EWMA × (tunnels + 1) ÷ weight. A backend without a sample stands at 0 until one tunnel probes it.
 */
export const openingTimeStanding = (backend: BackendSnapshot, now: number): number => {
  const { load, weight } = backend;
  const cost = load.costMs(now);
  const doubt = backend.doubtful === true ? doubtful : 0;
  if (cost !== undefined) return doubt + (cost * (load.active + 1)) / weight;
  if (load.pending === 0) return doubt;
  return doubt + probedMs + load.pending / weight;
};

export const whyOpeningTime = (backend: BackendSnapshot, now: number): string => {
  const { load } = backend;
  const cost = load.costMs(now);
  const doubt = backend.doubtful === true ? "a sign of life is awaited; " : "";
  if (cost !== undefined) {
    const weight = backend.weight === 1 ? "" : ` ÷ weight ${round(backend.weight)}`;
    return `${doubt}${round(cost)} ms × (${load.active} tunnels + 1)${weight}`;
  }
  return doubt + (load.pending === 0 ? "no tunnel opened yet: the next one probes it" : "being probed");
};

/** Tunnels ÷ weight: the lower, the better. */
export const tunnelsStanding = (backend: BackendSnapshot): number =>
  (backend.doubtful === true ? doubtful : 0) + backend.load.active / backend.weight;

export const whyTunnels = (backend: BackendSnapshot): string => {
  const doubt = backend.doubtful === true ? "a sign of life is awaited; " : "";
  return `${doubt}${backend.load.active} tunnels ÷ weight ${round(backend.weight)}`;
};

/** Three digits are enough for a person. */
const round = (figure: number): string => String(Number(figure.toPrecision(3)));
