import type { JSX } from "react";
import { listedTunnels } from "../store/selection.ts";
import { pendingTunnel, type TuiState, tunnelsOf } from "../store/state.ts";
import { count } from "../text/quantity.ts";
import { doubtful, good, quiet, span } from "./line.tsx";
import { Panel, panelFrame } from "./panel.tsx";
import { windowAround, windowWords } from "./scroll.ts";
import { headLine, place, rowLine } from "./table.ts";
import { tunnelColumns } from "./tunnel-columns.ts";

interface TunnelPanelProps {
  readonly state: TuiState;
  readonly focused: boolean;
  readonly columns: number;
  readonly rows: number;
}

const marker = 2;

/** The live tunnels that the filter leaves, in their order. */
export const TunnelPanel = ({ state, focused, columns, rows }: TunnelPanelProps): JSX.Element => {
  const tunnels = listedTunnels(state);
  const cells = columns - panelFrame - marker;
  const placed = place(tunnelColumns(state), tunnels, cells);
  const selected = focused ? tunnels.findIndex(({ id }) => id === state.tunnel) : 0;
  const shown = windowAround(selected, tunnels.length, rows - 3);
  const lost = state.link.kind === "lost";
  const lines = tunnels.slice(shown.from, shown.to).map((tunnel, index) => {
    const here = focused && shown.from + index === selected;
    const spans = rowLine(placed, tunnel, { bold: here }, cells);
    const mark = pendingTunnel(state, tunnel.id) ? span("◌ ", doubtful) : span(here ? "▸ " : "  ", good);
    return [mark, ...(lost ? spans.map(({ text }) => span(text, quiet)) : spans)];
  });
  const nothing = tunnels.length === 0 ? [[span(`  ${emptyWords(state)}`, quiet)]] : [];
  return (
    <Panel
      title={titleOf(state, tunnels.length)}
      note={noteOf(state)}
      foot={windowWords(shown, tunnels.length)}
      focused={focused}
      columns={columns}
      rows={rows}
      lines={[[span("  "), ...headLine(placed, cells)], ...lines, ...nothing]}
    />
  );
};

/** The daemon tells the busiest thousand; how many there are it tells too. */
const titleOf = (state: TuiState, listed: number): string => {
  const all = state.snapshot?.status.totals.tunnels_active ?? 0;
  const known = tunnelsOf(state).length;
  if (state.view === "detail") return `Tunnels of ${state.backend} (${count(listed)})`;
  if (listed < known) return `Tunnels (${count(listed)} of ${count(all)})`;
  return all > known
    ? `Tunnels (the busiest ${count(known)} of ${count(all)})`
    : `Tunnels (${count(listed)})`;
};

const noteOf = ({ order, reversed, filter, filtering, view }: TuiState): string => {
  const sorted = `sort: ${order} ${reversed ? "▴" : "▾"}`;
  if (view === "detail") return sorted;
  const shown = filter === "" && !filtering ? "—" : filter;
  return `${sorted} ── filter: ${shown}${filtering ? "▏" : ""}`;
};

const emptyWords = (state: TuiState): string => {
  if (state.snapshot === undefined) return "nothing is known yet";
  return tunnelsOf(state).length > 0 && state.view !== "detail"
    ? "no tunnel fits the filter"
    : "no tunnel is open";
};
