import type { JSX } from "react";
import { bindingsOf } from "../keys/bindings.ts";
import type { TuiState } from "../store/state.ts";
import { cellsOf } from "../text/fit.ts";
import { Line, quiet, type Span, span } from "./line.tsx";

/** Always the last line: the keys that matter here. Those that do not fit stand in the help. */
export const HelpLine = ({
  state,
  columns,
}: {
  readonly state: TuiState;
  readonly columns: number;
}): JSX.Element => <Line spans={hintSpans(hintsOf(state), columns)} cells={columns} />;

type Hint = readonly [keys: string, words: string];

const hintsOf = (state: TuiState): readonly Hint[] => {
  if (state.question?.kind === "sure")
    return [
      ["y", "yes"],
      ["any other key", "no"],
    ];
  if (state.question !== undefined) return [["any other key", "leave it as it is"]];
  if (state.filtering)
    return [
      ["type", "to filter"],
      ["enter", "keep it"],
      ["esc", "without it"],
    ];
  if (state.help)
    return [
      ["any key", "back"],
      ["q", "quit"],
    ];
  return bindingsOf(state.view).flatMap(({ keys, hint }) =>
    hint === undefined ? [] : [[keys.split(" ")[0]!, hint] as const],
  );
};

/** The last two are help and quit: they are kept. */
const hintSpans = (hints: readonly Hint[], columns: number): Span[] => {
  const cells = ([keys, words]: Hint): number => cellsOf(keys) + cellsOf(words) + 3;
  const kept = hints.slice(-2);
  let room = columns - kept.reduce((sum, hint) => sum + cells(hint), 0);
  const shown = hints.slice(0, -2).filter((hint) => {
    if (cells(hint) > room) return false;
    room -= cells(hint);
    return true;
  });
  return [...shown, ...kept].flatMap(([keys, words]) => [
    span(` ${keys}`, { bold: true }),
    span(` ${words} `, quiet),
  ]);
};
