import type { EventMessage, SnapshotEvent } from "@octoproxy/lib/admin/event-schemas";
import { listedTunnels, reselected } from "./selection.ts";
import type { LogEntry, TuiState } from "./state.ts";
import { withSnapshot } from "./traffic-history.ts";

const mostEntries = 500;

/** A snapshot came: the daemon is there. */
export const withSnapshotMessage = (state: TuiState, snapshot: SnapshotEvent): TuiState => {
  const found = state.link.kind === "lost";
  const next: TuiState = {
    ...state,
    link: { kind: "live" },
    snapshot,
    heardAtMs: state.nowMs,
    history: withSnapshot(state.history, snapshot),
  };
  const selected = reselected(next, listedTunnels(state));
  if (!found) return selected;
  const again = { ...selected, notice: undefined };
  return logged(again, entry(state.nowMs, "info", `${state.address} is there again`));
};

/** Something happened in the daemon. */
export const withEvent = (
  state: TuiState,
  event: Exclude<EventMessage, { readonly type: "snapshot" }>,
): TuiState => {
  const { at, level } = event;
  const omitted = event.type === "error" ? event.omitted : 0;
  const message = omitted === 0 ? event.message : `${event.message} (and ${omitted} more)`;
  const backend =
    event.type === "backend" ? event.backend.name : event.type === "error" ? event.backend : null;
  const told = logged(state, { at, level, message, backend });
  if (event.type !== "backend" || state.snapshot === undefined) return told;
  const view = event.backend;
  const backends = state.snapshot.backends.map((one) => (one.name === view.name ? view : one));
  return { ...told, snapshot: { ...state.snapshot, backends } };
};

/** The connection to the daemon ended or did not come about. What is pending has no answer any more. */
export const withLost = (
  state: TuiState,
  {
    reason,
    nowMs,
    retryAtMs,
  }: { readonly reason: string; readonly nowMs: number; readonly retryAtMs: number },
): TuiState => {
  const wasLost = state.link.kind === "lost";
  const sinceMs = state.link.kind === "lost" ? state.link.sinceMs : nowMs;
  const lost: TuiState = {
    ...state,
    link: { kind: "lost", reason, sinceMs, retryAtMs },
    question: undefined,
  };
  return wasLost ? lost : logged(lost, entry(nowMs, "error", reason));
};

const entry = (nowMs: number, level: LogEntry["level"], message: string): LogEntry => ({
  at: new Date(nowMs).toISOString(),
  level,
  message,
  backend: null,
});

/** Who reads older entries keeps them before their eyes. */
const logged = (state: TuiState, one: LogEntry): TuiState => {
  const log = [...state.log, one].slice(-mostEntries);
  const reading = state.view === "events" && state.eventsBack > 0;
  return { ...state, log, eventsBack: reading ? Math.min(state.eventsBack + 1, log.length - 1) : 0 };
};
