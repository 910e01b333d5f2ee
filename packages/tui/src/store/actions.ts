import type { EventMessage } from "@octoproxy/lib/admin/event-schemas";
import type { BackendView } from "@octoproxy/lib/admin/schemas";
import type { Question, TuiCommand, View } from "./state.ts";

/** Something came from the daemon, or time passed. Times are this machine's. */
export type DataAction =
  | { readonly type: "message"; readonly message: EventMessage; readonly nowMs: number }
  | {
      readonly type: "lost";
      readonly reason: string;
      readonly nowMs: number;
      readonly retryAtMs: number;
    }
  | { readonly type: "tick"; readonly nowMs: number };

/** A command's life. */
export type CommandAction =
  | { readonly type: "sent"; readonly command: TuiCommand }
  | {
      readonly type: "answered";
      readonly command: TuiCommand;
      readonly backend: BackendView | undefined;
      readonly nowMs: number;
    }
  | { readonly type: "failed"; readonly command: TuiCommand; readonly words: string; readonly nowMs: number };

export type Step = "up" | "down" | "page_up" | "page_down" | "first" | "last";

/** A person pressed a key. */
export type KeyAction =
  | { readonly type: "move"; readonly step: Step; readonly rows: number }
  | { readonly type: "show"; readonly view: View }
  | { readonly type: "back" }
  | { readonly type: "help" }
  | { readonly type: "ask"; readonly question: Question }
  | { readonly type: "leave_question" }
  | { readonly type: "refuse"; readonly words: string }
  | { readonly type: "order" }
  | { readonly type: "reverse" }
  | { readonly type: "filter_begin" }
  | { readonly type: "filter_text"; readonly text: string }
  | { readonly type: "filter_end"; readonly keep: boolean };

export type TuiAction = DataAction | CommandAction | KeyAction;
