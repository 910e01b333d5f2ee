import type { JSX } from "react";
import type { LogEntry, TuiState } from "../store/state.ts";
import { clock } from "../text/duration.ts";
import { wrap } from "../text/fit.ts";
import { bad, doubtful, good, type Look, quiet, type Span, span } from "./line.tsx";
import { Panel, panelFrame } from "./panel.tsx";
import { windowAround, windowWords } from "./scroll.ts";

interface EventPanelProps {
  readonly state: TuiState;
  readonly focused: boolean;
  readonly columns: number;
  readonly rows: number;
}

const looks: Readonly<Record<LogEntry["level"], Look>> = { info: {}, warn: doubtful, error: bad };
/** As long as the longest, so that messages stand under each other. */
const levelNames: Readonly<Record<LogEntry["level"], string>> = {
  info: "info ",
  warn: "warn ",
  error: "error",
};
/** The selected entry in full. */
const fullLines = 3;

/** What happened, the newest last. */
export const EventPanel = ({ state, focused, columns, rows }: EventPanelProps): JSX.Element => {
  const { log, eventsBack } = state;
  const inner = columns - panelFrame;
  const selected = log.length - 1 - (focused ? eventsBack : 0);
  const below = focused ? fullLines + 1 : 0;
  const listRows = Math.max(1, rows - 2 - below);
  const shown = windowAround(focused ? selected : log.length - 1, log.length, listRows);
  const lines: Span[][] = log
    .slice(shown.from, shown.to)
    .map((entry, index) => [
      span(focused && shown.from + index === selected ? "▸ " : "  ", good),
      span(`${clock(entry.at)} `, quiet),
      span(`${levelNames[entry.level]} `, looks[entry.level]),
      span(entry.message, { bold: focused && shown.from + index === selected }),
    ]);
  if (log.length === 0) lines.push([span("  nothing happened since this view was opened", quiet)]);
  if (focused) {
    while (lines.length < listRows) lines.push([]);
    lines.push([span("─".repeat(inner), quiet)]);
    lines.push(...wrap(log[selected]?.message ?? "", inner, fullLines).map((text) => [span(text)]));
  }
  return (
    <Panel
      title={`Events (${log.length})`}
      note={focused && eventsBack > 0 ? "End follows the newest" : ""}
      foot={windowWords(shown, log.length)}
      focused={focused}
      columns={columns}
      rows={rows}
      lines={lines}
    />
  );
};
