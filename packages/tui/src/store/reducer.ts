import type { CommandAction, DataAction, KeyAction, TuiAction } from "./actions.ts";
import { withEvent, withLost, withSnapshotMessage } from "./daemon-news.ts";
import { listedTunnels, moved, reselected } from "./selection.ts";
import { type Notice, subjectOf, type TuiCommand, type TuiState, type View } from "./state.ts";
import { tunnelOrders } from "./tunnel-list.ts";

/** A notice is read by then. */
const noticeMs = 6000;
const longestFilter = 100;

/** The next state. Pure: time comes with the actions. */
export const reduce = (state: TuiState, action: TuiAction): TuiState => {
  switch (action.type) {
    case "message":
    case "lost":
    case "tick":
      return reduceData(state, action);
    case "sent":
    case "answered":
    case "failed":
      return reduceCommand(state, action);
    default:
      return reduceKey(state, action);
  }
};

const reduceData = (before: TuiState, action: DataAction): TuiState => {
  const state = at(before, action.nowMs);
  switch (action.type) {
    case "message":
      return action.message.type === "snapshot"
        ? withSnapshotMessage(state, action.message)
        : withEvent(state, action.message);
    case "lost":
      return withLost(state, action);
    case "tick":
      return state;
  }
};

const at = (state: TuiState, nowMs: number): TuiState => {
  const { notice } = state;
  const over = notice !== undefined && nowMs - notice.atMs > noticeMs;
  return { ...state, nowMs, notice: over ? undefined : notice };
};

const reduceCommand = (state: TuiState, action: CommandAction): TuiState => {
  const { command } = action;
  const pending = new Map(state.pending);
  if (action.type === "sent") {
    pending.set(subjectOf(command), { command });
    return { ...state, pending, question: undefined, notice: undefined };
  }
  pending.delete(subjectOf(command));
  const { nowMs } = action;
  if (action.type === "failed") {
    return { ...state, pending, notice: { level: "error", words: action.words, atMs: nowMs } };
  }
  const notice: Notice = { level: "info", words: doneWords(command), atMs: nowMs };
  const { snapshot } = state;
  const { backend } = action;
  if (backend === undefined || snapshot === undefined) return { ...state, pending, notice };
  const backends = snapshot.backends.map((one) => (one.name === backend.name ? backend : one));
  return { ...state, pending, notice, snapshot: { ...snapshot, backends } };
};

const doneWords = (command: TuiCommand): string => {
  switch (command.kind) {
    case "enable":
      return `${command.backend} is enabled; it is being connected`;
    case "disable":
      return `${command.backend} is disabled: its tunnels finish, no new ones start`;
    case "reset":
      return `${command.backend} is connected anew; its failures are forgotten`;
    case "switch_protocol":
      return `${command.backend} is switched to ${command.protocol}: new tunnels use it, old ones finish`;
    case "close_tunnel":
      return "the tunnel is closed";
    case "reload":
      return "the configuration is reloaded";
  }
};

const reduceKey = (state: TuiState, action: KeyAction): TuiState => {
  switch (action.type) {
    case "move":
      return moved(state, action.step, action.rows);
    case "show":
      return viewed(state, action.view);
    case "back":
      if (state.help) return { ...state, help: false };
      if (state.filter !== "" && (state.view === "overview" || state.view === "tunnels"))
        return filtered(state, "");
      return viewed(state, "overview");
    case "help":
      return { ...state, help: !state.help };
    case "ask":
      return { ...state, question: action.question, notice: undefined };
    case "leave_question":
      return { ...state, question: undefined };
    case "refuse":
      return { ...state, notice: { level: "warn", words: action.words, atMs: state.nowMs } };
    case "order": {
      const next = (tunnelOrders.indexOf(state.order) + 1) % tunnelOrders.length;
      return { ...state, order: tunnelOrders[next]!, reversed: false };
    }
    case "reverse":
      return { ...state, reversed: !state.reversed };
    case "filter_begin":
      return { ...state, filtering: true };
    case "filter_text":
      return filtered(state, action.text.slice(0, longestFilter));
    case "filter_end":
      return { ...(action.keep ? state : filtered(state, "")), filtering: false };
  }
};

const viewed = (state: TuiState, view: View): TuiState =>
  reselected({ ...state, view, help: false }, listedTunnels(state));

const filtered = (state: TuiState, filter: string): TuiState => {
  const next = { ...state, filter };
  return reselected(next, listedTunnels(state));
};
