import { Box } from "ink";
import type { JSX } from "react";
import { cellsOf, cut } from "../text/fit.ts";
import { fitSpans, Line, quiet, type Span, span } from "./line.tsx";

export interface PanelProps {
  readonly title: string;
  /** Stands right in the upper border. */
  readonly note?: string | undefined;
  /** Stands right in the lower border. */
  readonly foot?: string | undefined;
  /** Has the keys. */
  readonly focused: boolean;
  readonly columns: number;
  /** The borders are two of them. */
  readonly rows: number;
  readonly lines: readonly (readonly Span[])[];
}

/** Cells that borders and their padding take. */
export const panelFrame = 4;

/** A titled box of exactly this size. */
export const Panel = (props: PanelProps): JSX.Element => {
  const { title, note = "", foot = "", focused, columns, rows, lines } = props;
  const inner = Math.max(0, columns - panelFrame);
  const shown = Array.from({ length: Math.max(0, rows - 2) }, (_, place) => lines[place] ?? []);
  return (
    <Box flexDirection="column" width={columns}>
      <Line spans={border("┌", title, note, "┐", columns, focused)} cells={columns} />
      {shown.map((spans, place) => (
        <Line
          key={place}
          spans={[span("│ ", quiet), ...fitSpans(spans, inner), span(" │", quiet)]}
          cells={columns}
        />
      ))}
      <Line spans={border("└", "", foot, "┘", columns, focused)} cells={columns} />
    </Box>
  );
};

const border = (
  left: string,
  title: string,
  note: string,
  right: string,
  columns: number,
  focused: boolean,
): Span[] => {
  const head = title === "" ? "" : ` ${cut(title, columns - 6)} `;
  const room = columns - 4 - cellsOf(head);
  const tail = note === "" || room < 8 ? "" : ` ${cut(note, room - 4)} `;
  const rule = "─".repeat(Math.max(0, room - cellsOf(tail)));
  return [
    span(`${left}─`, quiet),
    span(head, focused ? { bold: true, color: "cyan" } : { bold: true }),
    span(rule, quiet),
    span(tail, quiet),
    span(`─${right}`, quiet),
  ];
};
