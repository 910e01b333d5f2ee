import { useInput, useWindowSize } from "ink";
import { type JSX, useSyncExternalStore } from "react";
import { pressesOf } from "../keys/press.ts";
import type { TuiState } from "../store/state.ts";
import { Screen } from "./screen.tsx";

/** What the view needs of the rest. */
export interface AppSession {
  readonly subscribe: (listener: () => void) => () => void;
  readonly shown: () => TuiState;
  press(presses: readonly string[], rows: number): void;
}

interface AppProps {
  readonly session: AppSession;
  /** Where the terminal's own size is not meant. */
  readonly size?: { readonly columns: number; readonly rows: number };
}

/** Header, panels and lines around a page. */
const rowsAroundPage = 8;

/** The terminal UI: a session's state drawn, and keys given to it. */
export const App = ({ session, size }: AppProps): JSX.Element => {
  const state = useSyncExternalStore(session.subscribe, session.shown);
  const window = useWindowSize();
  const { columns, rows } = size ?? window;
  useInput((input, key) => session.press(pressesOf(input, key), Math.max(1, rows - rowsAroundPage)));
  return <Screen state={state} columns={columns} rows={rows} />;
};
