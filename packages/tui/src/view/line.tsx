import { Text } from "ink";
import type { JSX } from "react";
import { cellsOf, cut, fit } from "../text/fit.ts";

/** How words look. Colour only repeats what they and their glyphs say. */
export interface Look {
  readonly color?: "cyan" | "yellow" | "red" | "magenta" | undefined;
  readonly bold?: boolean | undefined;
  readonly dim?: boolean | undefined;
}

export interface Span extends Look {
  readonly text: string;
}

export const span = (text: string, look: Look = {}): Span => ({ text, ...look });

/** Good, doubtful, bad: told apart also by people who do not tell red from green. */
export const good: Look = { color: "cyan" };
export const doubtful: Look = { color: "yellow" };
export const bad: Look = { color: "red", bold: true };
export const quiet: Look = { dim: true };

/** Spans in exactly so many cells: what does not fit is cut, what is missing is filled with spaces. */
export const fitSpans = (spans: readonly Span[], cells: number): Span[] => {
  const fitted: Span[] = [];
  let left = cells;
  for (const one of spans) {
    if (left <= 0) break;
    const text = cut(one.text, left);
    left -= cellsOf(text);
    fitted.push({ ...one, text });
  }
  if (left > 0) fitted.push(span(fit("", left)));
  return fitted;
};

/** One line of the terminal, never wrapped. */
export const Line = ({
  spans,
  cells,
}: {
  readonly spans: readonly Span[];
  readonly cells: number;
}): JSX.Element => (
  <Text wrap="truncate-end">
    {fitSpans(spans, cells).map(({ text, color, bold, dim }, place) => (
      <Text key={place} color={color} bold={bold === true} dimColor={dim === true}>
        {text}
      </Text>
    ))}
  </Text>
);
