import type { ProtocolChoice } from "@octoproxy/lib/admin/schemas";
import type { KeyAction } from "../store/actions.ts";
import type { Question, TuiCommand, TuiState } from "../store/state.ts";

/** What a press is for: a change of what is shown, a command for the daemon, or the end. */
export type Intent =
  | KeyAction
  | { readonly type: "command"; readonly command: TuiCommand }
  | { readonly type: "quit" };

export const protocolKeys: readonly { readonly key: string; readonly protocol: ProtocolChoice }[] = [
  { key: "a", protocol: "auto" },
  { key: "q", protocol: "quic" },
  { key: "h", protocol: "http2" },
  { key: "w", protocol: "webtransport" },
];

/** What stands before everything else takes the press: a question, the filter's text, the help. */
export const inFront = (state: TuiState, press: string): Intent | undefined | "nothing" => {
  if (state.question !== undefined) return answer(state.question, press);
  if (state.filtering) return typed(state, press);
  if (!state.help || press === "q") return "nothing";
  return { type: "help" };
};

const answer = (question: Question, press: string): Intent => {
  const leave: Intent = { type: "leave_question" };
  if (question.kind === "sure") {
    const sure = press === "y" || press === "Y" || press === "enter";
    return sure ? { type: "command", command: question.command } : leave;
  }
  const { backend, configured } = question;
  const protocol = protocolKeys.find(({ key }) => key === press)?.protocol;
  if (protocol === undefined || protocol === configured) return leave;
  return { type: "command", command: { kind: "switch_protocol", backend, protocol } };
};

const typed = ({ filter }: TuiState, press: string): Intent | undefined => {
  switch (press) {
    case "enter":
      return { type: "filter_end", keep: true };
    case "esc":
      return { type: "filter_end", keep: false };
    case "backspace":
      return { type: "filter_text", text: [...filter].slice(0, -1).join("") };
    case "ctrl_u":
      return { type: "filter_text", text: "" };
    case "up":
    case "down":
      return { type: "move", step: press, rows: 1 };
    case "space":
      return { type: "filter_text", text: `${filter} ` };
    default:
      return [...press].length === 1 ? { type: "filter_text", text: filter + press } : undefined;
  }
};
