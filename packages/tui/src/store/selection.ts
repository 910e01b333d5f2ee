import type { TunnelView } from "@octoproxy/lib/admin/schemas";
import type { Step } from "./actions.ts";
import { backendsOf, type TuiState, tunnelsOf } from "./state.ts";
import { listTunnels, partyOf } from "./tunnel-list.ts";

/** The tunnels as the view in front lists them: in a backend's detail only its own. */
export const listedTunnels = (state: TuiState): TunnelView[] => {
  const tunnels = tunnelsOf(state);
  if (state.view !== "detail") return listTunnels(tunnels, state);
  return listTunnels(
    tunnels.filter((tunnel) => partyOf(tunnel) === state.backend),
    { ...state, filter: "" },
  );
};

/** Keeps the selection, or gives it to the row that took the place of one that is gone. */
export const reselected = (state: TuiState, listedBefore: readonly TunnelView[]): TuiState => {
  const names = backendsOf(state).map(({ name }) => name);
  const chosen = { ...state, backend: kept(names, state.backend, 0) };
  const ids = listedTunnels(chosen).map(({ id }) => id);
  const place = listedBefore.findIndex(({ id }) => id === state.tunnel);
  return {
    ...chosen,
    tunnel: kept(ids, state.tunnel, Math.max(0, place)),
    eventsBack: clamped(state.eventsBack, state.log.length),
  };
};

/** @param rows how many a page has. */
export const moved = (state: TuiState, step: Step, rows: number): TuiState => {
  if (state.view === "events") {
    const { length } = state.log;
    const place = length - 1 - clamped(state.eventsBack, length);
    return { ...state, eventsBack: length === 0 ? 0 : length - 1 - steps[step](place, length, rows) };
  }
  if (state.view === "overview" && backendsOf(state).length > 0) {
    const names = backendsOf(state).map(({ name }) => name);
    return { ...state, backend: afterStep(names, state.backend, step, rows) };
  }
  const ids = listedTunnels(state).map(({ id }) => id);
  return { ...state, tunnel: afterStep(ids, state.tunnel, step, rows) };
};

const afterStep = (
  keys: readonly string[],
  selected: string | undefined,
  step: Step,
  rows: number,
): string | undefined => {
  const place = selected === undefined ? -1 : keys.indexOf(selected);
  if (place < 0) return keys[0];
  return keys[steps[step](place, keys.length, rows)];
};

const steps: Readonly<Record<Step, (place: number, length: number, rows: number) => number>> = {
  up: (place) => Math.max(0, place - 1),
  down: (place, length) => Math.min(length - 1, place + 1),
  page_up: (place, _, rows) => Math.max(0, place - Math.max(1, rows)),
  page_down: (place, length, rows) => Math.min(length - 1, place + Math.max(1, rows)),
  first: () => 0,
  last: (_, length) => length - 1,
};

const kept = (keys: readonly string[], selected: string | undefined, place: number): string | undefined =>
  selected !== undefined && keys.includes(selected) ? selected : keys[Math.min(place, keys.length - 1)];

const clamped = (back: number, length: number): number => Math.max(0, Math.min(back, length - 1));
