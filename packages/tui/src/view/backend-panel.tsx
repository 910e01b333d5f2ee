import type { JSX } from "react";
import { backendsOf, type TuiState } from "../store/state.ts";
import { backendColumns } from "./backend-columns.ts";
import { freshness } from "./freshness.ts";
import { good, quiet, span } from "./line.tsx";
import { Panel, panelFrame } from "./panel.tsx";
import { windowAround, windowWords } from "./scroll.ts";
import { headLine, place, rowLine } from "./table.ts";

interface BackendPanelProps {
  readonly state: TuiState;
  readonly focused: boolean;
  readonly columns: number;
  readonly rows: number;
}

const marker = 2;
/** Borders and titles of columns. */
export const backendPanelExtra = 3;

/** Every backend, a row each. */
export const BackendPanel = ({ state, focused, columns, rows }: BackendPanelProps): JSX.Element => {
  const backends = backendsOf(state);
  const cells = columns - panelFrame - marker;
  const placed = place(backendColumns(state), backends, cells);
  const selected = backends.findIndex(({ name }) => name === state.backend);
  const shown = windowAround(selected, backends.length, rows - backendPanelExtra);
  const lost = state.link.kind === "lost";
  const lines = backends.slice(shown.from, shown.to).map((backend, index) => {
    const here = focused && shown.from + index === selected;
    const spans = rowLine(placed, backend, { bold: here }, cells);
    return [span(here ? "▸ " : "  ", good), ...(lost ? spans.map(({ text }) => span(text, quiet)) : spans)];
  });
  return (
    <Panel
      title={`Backends (${backends.length})`}
      note={freshness(state)}
      foot={windowWords(shown, backends.length)}
      focused={focused}
      columns={columns}
      rows={rows}
      lines={[[span("  "), ...headLine(placed, cells)], ...lines]}
    />
  );
};
