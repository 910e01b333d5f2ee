import type { ControlCommand } from "@octoproxy/lib/admin/control";
import type { SnapshotEvent } from "@octoproxy/lib/admin/event-schemas";
import type { BackendView, TunnelView } from "@octoproxy/lib/admin/schemas";
import type { TrafficHistory } from "./traffic-history.ts";
import type { TunnelOrder } from "./tunnel-list.ts";

/** What the terminal UI asks of the daemon. */
export type TuiCommand = Exclude<ControlCommand, { readonly kind: "explain" }>;

/** The connection to the daemon's events. Times are this machine's, in milliseconds since the epoch. */
export type Link =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | {
      readonly kind: "lost";
      /** A sentence without its full stop. */
      readonly reason: string;
      readonly sinceMs: number;
      readonly retryAtMs: number;
    };

export type Level = "info" | "warn" | "error";

export interface LogEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly level: Level;
  readonly message: string;
  readonly backend: string | null;
}

/** A command that has no answer yet, by what it is about (see `subjectOf`). */
export interface Pending {
  readonly command: TuiCommand;
}

/** Asked before something is taken away from somebody, or where there is a choice. */
export type Question =
  | { readonly kind: "sure"; readonly words: string; readonly command: TuiCommand }
  | { readonly kind: "protocol"; readonly backend: string; readonly configured: string };

/** What came of a command. It goes after a while. */
export interface Notice {
  readonly level: Level;
  readonly words: string;
  readonly atMs: number;
}

export const views = ["overview", "tunnels", "events"] as const;
export type View = (typeof views)[number] | "detail";

/** Everything that a frame is made from. Immutable. */
export interface TuiState {
  /** `ip:port` of the admin API. */
  readonly address: string;
  readonly nowMs: number;
  readonly link: Link;
  /** The last one that came; it stays while the daemon is lost. */
  readonly snapshot: SnapshotEvent | undefined;
  /** When it came. */
  readonly heardAtMs: number;
  readonly history: TrafficHistory;
  /** The oldest first. */
  readonly log: readonly LogEntry[];
  readonly pending: ReadonlyMap<string, Pending>;
  readonly notice: Notice | undefined;
  readonly question: Question | undefined;
  readonly view: View;
  readonly help: boolean;
  /** Selected by name and id, so that a selection stays on its row wherever that moves. */
  readonly backend: string | undefined;
  readonly tunnel: string | undefined;
  /** How many entries before the newest one. */
  readonly eventsBack: number;
  readonly order: TunnelOrder;
  readonly reversed: boolean;
  readonly filter: string;
  /** The filter is being typed. */
  readonly filtering: boolean;
}

export const initialState = (address: string, nowMs: number): TuiState => ({
  address,
  nowMs,
  link: { kind: "connecting" },
  snapshot: undefined,
  heardAtMs: nowMs,
  history: { atMs: 0, total: [], backends: new Map(), tunnels: new Map() },
  log: [],
  pending: new Map(),
  notice: undefined,
  question: undefined,
  view: "overview",
  help: false,
  backend: undefined,
  tunnel: undefined,
  eventsBack: 0,
  order: "bytes",
  reversed: false,
  filter: "",
  filtering: false,
});

export const backendsOf = ({ snapshot }: TuiState): readonly BackendView[] => snapshot?.backends ?? [];
export const tunnelsOf = ({ snapshot }: TuiState): readonly TunnelView[] => snapshot?.tunnels ?? [];

export const selectedBackend = (state: TuiState): BackendView | undefined =>
  backendsOf(state).find(({ name }) => name === state.backend);

/** What a command is about: two of them about the same are not sent at once. */
export const subjectOf = (command: TuiCommand): string => {
  if (command.kind === "reload") return "reload";
  return command.kind === "close_tunnel" ? `tunnel ${command.id}` : `backend ${command.backend}`;
};

/** The command about a backend that has no answer yet. */
export const pendingOf = (state: TuiState, backend: string): TuiCommand | undefined =>
  state.pending.get(`backend ${backend}`)?.command;

/** It is being closed. */
export const pendingTunnel = (state: TuiState, id: string): boolean => state.pending.has(`tunnel ${id}`);
