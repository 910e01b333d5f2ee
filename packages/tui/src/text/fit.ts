import { printable } from "@octoproxy/lib/error/proxy-error";
import stringWidth from "string-width";

export type Align = "left" | "right";

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** ASCII and what is drawn with: a cell each. Measuring anything else takes a hundred times as long. */
const isPlain = (text: string): boolean => /^[\x20-\x7e…—─│┌┐└┘▁▂▃▄▅▆▇●○◌◐✗▸↑↓→▾▴▏]*$/.test(text);

/** Terminal cells that a printable text takes. */
export const cellsOf = (text: string): number => (isPlain(text) ? text.length : stringWidth(text));

/**
 * A text in exactly so many terminal cells: padded with spaces, or cut with `…`. Everything that is drawn passes here,
 * so this is where control characters end.
 */
export const fit = (words: string, cells: number, align: Align = "left"): string => {
  const text = cut(words, cells);
  const padding = " ".repeat(Math.max(0, cells - cellsOf(text)));
  return align === "left" ? text + padding : padding + text;
};

/** At most so many cells, without padding. */
export const cut = (words: string, cells: number): string => {
  const text = clean(words);
  if (cells <= 0) return "";
  if (isPlain(text)) return text.length <= cells ? text : `${text.slice(0, cells - 1)}…`;
  if (stringWidth(text) <= cells) return text;
  return `${headOf(text, cells - 1)}…`;
};

/** The longest beginning in at most so many cells. */
const headOf = (text: string, cells: number): string => {
  let kept = "";
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += stringWidth(segment);
    if (used > cells) break;
    kept += segment;
  }
  return kept;
};

/** In lines of at most so many cells, broken at spaces where there are some; the last of `most` lines is cut. */
export const wrap = (words: string, cells: number, most: number): string[] => {
  const lines: string[] = [];
  let rest = clean(words).trim();
  while (rest !== "" && lines.length < most - 1 && cellsOf(rest) > cells) {
    const head = headOf(rest, cells);
    const space = rest[head.length] === " " ? head.length : head.lastIndexOf(" ");
    const end = space > 0 ? space : head.length;
    if (end === 0) break;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  if (rest !== "" && most > 0) lines.push(cut(rest, cells));
  return lines;
};

/** Lone halves of surrogate pairs and characters without a width of their own would shift what stands behind them. */
const clean = (words: string): string =>
  isPlain(words)
    ? words
    : printable(words.toWellFormed()).replace(/[\u00ad\u061c\u200b\u2060-\u2065\ufeff]/g, "?");
