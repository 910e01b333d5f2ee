import { type Align, cellsOf, fit } from "../text/fit.ts";
import { type Look, quiet, type Span, span } from "./line.tsx";

/** One column of a table of rows. Its width does not depend on figures, so that columns stand still. */
export interface Column<Row> {
  readonly title: string;
  readonly align?: Align;
  /** Cells: as many at least; the column is left out where they are not there. */
  readonly least: number;
  /** As many as its texts need, up to this; `least` where it is not given. */
  readonly most?: number;
  /** Takes what the others leave, whatever its texts need. */
  readonly grows?: boolean;
  /** The lower, the sooner it is left out in a narrow window. */
  readonly rank: number;
  readonly cell: (row: Row, cells: number) => Span;
}

export interface Placed<Row> {
  readonly column: Column<Row>;
  readonly cells: number;
}

/** Between columns. */
const gapOf = (cells: number): number => (cells < 110 ? 1 : 2);

/** Which columns there are, and how wide, in so many cells. */
export const place = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  cells: number,
): Placed<Row>[] => {
  const kept = keptColumns(columns, cells);
  let left = cells - totalOf(kept, gapOf(cells));
  const placed = kept.map((column) => {
    const { least, most = least } = column;
    const wanted = Math.min(most, widest(column, rows));
    const more = Math.min(left, Math.max(0, wanted - least));
    left -= more;
    return { column, cells: least + more };
  });
  return placed.map((one) => (one.column.grows === true ? { ...one, cells: one.cells + left } : one));
};

export const headLine = <Row>(placed: readonly Placed<Row>[], cells: number): Span[] =>
  spaced(
    placed.map(({ column, cells: wide }) => span(fit(column.title, wide, column.align), quiet)),
    cells,
  );

/** @param look of the whole row; a cell's own goes before it. */
export const rowLine = <Row>(placed: readonly Placed<Row>[], row: Row, look: Look, cells: number): Span[] =>
  spaced(
    placed.map(({ column, cells: wide }) => {
      const { text, ...own } = column.cell(row, wide);
      return { ...look, ...own, text: fit(text, wide, column.align) };
    }),
    cells,
  );

const keptColumns = <Row>(columns: readonly Column<Row>[], cells: number): Column<Row>[] => {
  let kept = [...columns];
  while (kept.length > 1 && totalOf(kept, gapOf(cells)) > cells) {
    const lowest = Math.min(...kept.map(({ rank }) => rank));
    kept = kept.filter(({ rank }) => rank !== lowest);
  }
  return kept;
};

const totalOf = (columns: readonly { readonly least: number }[], gap: number): number =>
  columns.reduce((sum, { least }) => sum + least + gap, -gap);

const widest = <Row>({ title, least, most = least, cell }: Column<Row>, rows: readonly Row[]): number =>
  most === least ? least : Math.max(cellsOf(title), ...rows.map((row) => cellsOf(cell(row, most).text)));

const spaced = (spans: readonly Span[], cells: number): Span[] => {
  const gap = " ".repeat(gapOf(cells));
  return spans.flatMap((one, index) => (index === 0 ? [one] : [span(gap), one]));
};
