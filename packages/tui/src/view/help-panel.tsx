import type { JSX } from "react";
import { bindings } from "../keys/bindings.ts";
import { fit } from "../text/fit.ts";
import { quiet, type Span, span } from "./line.tsx";
import { Panel, panelFrame } from "./panel.tsx";

interface HelpPanelProps {
  readonly columns: number;
  readonly rows: number;
}

const keysCells = 12;
const glyphs: readonly (readonly [string, string])[] = [
  ["● up", "connected"],
  ["◐ ejected", "no tunnels for a while"],
  ["◌ …", "connecting, or pending"],
  ["✗ down", "tried again by itself"],
  ["○ disabled", "by you or the file"],
  ["http2 ↓", "not the first choice"],
  ["↓ ↑", "from and to the backend"],
];

/** Every key. In two columns, so that it fits a small window. */
export const HelpPanel = ({ columns, rows }: HelpPanelProps): JSX.Element => {
  const entries = bindings.map(({ keys, help }) => [keys, help] as const);
  const all = [...entries, ["", ""] as const, ...glyphs];
  const half = Math.ceil(all.length / 2);
  const wide = Math.floor((columns - panelFrame) / 2);
  const lines = all
    .slice(0, half)
    .map((entry, index): Span[] => [
      ...entrySpans(entry, wide),
      ...entrySpans(all[half + index] ?? ["", ""], wide),
    ]);
  return <Panel title="Keys" focused={true} columns={columns} rows={rows} lines={lines} />;
};

const entrySpans = ([keys, help]: readonly [string, string], cells: number): Span[] => [
  span(keys.padEnd(keysCells), { bold: true }),
  span(fit(help, cells - keysCells), quiet),
];
