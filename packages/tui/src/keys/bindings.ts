import type { Step } from "../store/actions.ts";
import { selectedBackend, type TuiState, type View, views } from "../store/state.ts";
import { type Intent, inFront } from "./intent.ts";
import { closeTunnel, reload, reset, switchProtocol, toggle } from "./steering.ts";

/** One line of the help, and what its keys do. */
export interface Binding {
  /** Names of presses (`pressesOf`). */
  readonly on: readonly string[];
  /** As people read them. */
  readonly keys: string;
  readonly help: string;
  /** Two words for the help line; those without one stand in the help only. */
  readonly hint?: string;
  /** Where it works; everywhere where it is not given. */
  readonly where?: readonly View[];
  readonly act: (state: TuiState, rows: number, press: string) => Intent | undefined;
}

const move =
  (step: Step): Binding["act"] =>
  (_state, rows) => ({ type: "move", step, rows });

const withBackends: readonly View[] = ["overview", "detail"];
const withTunnels: readonly View[] = ["tunnels", "detail"];

const nextView = ({ view }: TuiState, by: number): Intent => {
  const place = view === "detail" ? 0 : views.indexOf(view);
  return { type: "show", view: views[(place + by + views.length) % views.length]! };
};

/** In the order of the help. The first that fits is done. */
export const bindings: readonly Binding[] = [
  { on: ["up", "k"], keys: "↑ k", help: "up", act: move("up") },
  { on: ["down", "j"], keys: "↓ j", help: "down", act: move("down") },
  { on: ["page_up", "ctrl_b"], keys: "PgUp ^b", help: "a page up", act: move("page_up") },
  { on: ["page_down", "ctrl_f"], keys: "PgDn ^f", help: "a page down", act: move("page_down") },
  { on: ["home", "g"], keys: "Home g", help: "first row", act: move("first") },
  { on: ["end", "G"], keys: "End G", help: "last row", act: move("last") },
  {
    on: ["space"],
    keys: "space",
    help: "disable, enable backend",
    hint: "on/off",
    where: withBackends,
    act: toggle,
  },
  {
    on: ["s"],
    keys: "s",
    help: "switch its protocol",
    hint: "protocol",
    where: withBackends,
    act: switchProtocol,
  },
  {
    on: ["r"],
    keys: "r",
    help: "reset: connect it anew",
    hint: "reset",
    where: withBackends,
    act: reset,
  },
  {
    on: ["enter", "right", "l"],
    keys: "enter → l",
    help: "all about the backend",
    hint: "detail",
    where: ["overview"],
    act: (state) => (selectedBackend(state) === undefined ? undefined : { type: "show", view: "detail" }),
  },
  {
    on: ["/"],
    keys: "/",
    help: "filter by typing",
    hint: "filter",
    where: ["overview", "tunnels"],
    act: () => ({ type: "filter_begin" }),
  },
  {
    on: ["o"],
    keys: "o",
    help: "sort by the next column",
    hint: "sort",
    where: ["overview", "tunnels", "detail"],
    act: () => ({ type: "order" }),
  },
  {
    on: ["O"],
    keys: "O",
    help: "reverse the order",
    where: ["overview", "tunnels", "detail"],
    act: () => ({ type: "reverse" }),
  },
  { on: ["x"], keys: "x", help: "close the tunnel", hint: "close", where: withTunnels, act: closeTunnel },
  { on: ["1"], keys: "1", help: "backends and tunnels", act: () => ({ type: "show", view: "overview" }) },
  { on: ["2"], keys: "2", help: "tunnels", act: () => ({ type: "show", view: "tunnels" }) },
  { on: ["3"], keys: "3", help: "events", act: () => ({ type: "show", view: "events" }) },
  {
    on: ["tab"],
    keys: "tab",
    help: "next view",
    hint: "views",
    act: (state) => nextView(state, 1),
  },
  { on: ["shift_tab"], keys: "shift-tab", help: "previous view", act: (state) => nextView(state, -1) },
  {
    on: ["esc", "left", "h"],
    keys: "esc ← h",
    help: "back",
    hint: "back",
    where: ["tunnels", "events", "detail"],
    act: () => ({ type: "back" }),
  },
  {
    on: ["esc"],
    keys: "esc",
    help: "without the filter",
    where: ["overview"],
    act: () => ({ type: "back" }),
  },
  { on: ["R"], keys: "R", help: "reload configuration", act: reload },
  { on: ["?"], keys: "?", help: "all keys", hint: "help", act: () => ({ type: "help" }) },
  { on: ["q"], keys: "q ^c", help: "quit", hint: "quit", act: () => ({ type: "quit" }) },
];

/** Those that work in a view. */
export const bindingsOf = (view: View): readonly Binding[] =>
  bindings.filter(({ where }) => where === undefined || where.includes(view));

/** What a press means now. */
export const intentOf = (state: TuiState, press: string, rows: number): Intent | undefined => {
  const front = inFront(state, press);
  if (front !== "nothing") return front;
  return bindingsOf(state.view)
    .find(({ on }) => on.includes(press))
    ?.act(state, rows, press);
};
