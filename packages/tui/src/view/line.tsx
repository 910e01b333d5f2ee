import { Text } from "ink";
import { type JSX, memo } from "react";
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

interface LineProps {
  readonly spans: readonly Span[];
  readonly cells: number;
}

/** One line of the terminal, never wrapped. Drawn anew only where it says something else. */
export const Line = memo(
  ({ spans, cells }: LineProps): JSX.Element => (
    <Text wrap="truncate-end">
      {joined(fitSpans(spans, cells)).map(({ text, color, bold, dim }, place) => (
        <Text key={place} color={color} bold={bold === true} dimColor={dim === true}>
          {text}
        </Text>
      ))}
    </Text>
  ),
  (before, now) =>
    before.cells === now.cells &&
    before.spans.length === now.spans.length &&
    before.spans.every((one, place) => {
      const other = now.spans[place]!;
      return one.text === other.text && looksLike(one, other);
    }),
);

/** Neighbours that look the same as one: every span costs. */
const joined = (spans: readonly Span[]): readonly Span[] => {
  const runs: Span[] = [];
  for (const one of spans) {
    const last = runs.at(-1);
    if (last !== undefined && (looksLike(last, one) || one.text.trim() === ""))
      runs[runs.length - 1] = { ...last, text: last.text + one.text };
    else runs.push(one);
  }
  return runs;
};

const looksLike = (one: Look, other: Look): boolean =>
  one.color === other.color &&
  (one.bold ?? false) === (other.bold ?? false) &&
  (one.dim ?? false) === (other.dim ?? false);
