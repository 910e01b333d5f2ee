import type { ErrorCode } from "@octoproxy/lib/error/codes";
import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ProtocolName } from "@octoproxy/lib/transport/transport";

/**
 * `normal`: connected, tunnels may go there. `closed`: no connection, the last attempt failed or the last connection
 * broke. `unknown`: not tried yet. `force_closed`: disabled by a user.
 */
export type BackendStatus = "normal" | "closed" | "unknown" | "force_closed";

/** What is known of one backend. Immutable; `transition` makes the next one. */
export interface BackendState {
  readonly name: string;
  readonly status: BackendStatus;
  /** When the status began, on the clock of `transition`'s `now`. */
  readonly sinceMs: number;
  /** Why it is `closed`: the code, and words for a person. */
  readonly code: ErrorCode | undefined;
  readonly reason: string | undefined;
  /** No attempts are made any more by themselves (`max_retries`); a user's reset or need begins anew. */
  readonly givenUp: boolean;
}

export type BackendEvent =
  /** A connection is made and proven: the server accepted our certificate. */
  | { readonly kind: "connected"; readonly protocol: ProtocolName; readonly why?: string | undefined }
  /** The last usable connection is gone, or did not answer a ping. */
  | { readonly kind: "lost"; readonly error: ProxyError }
  | { readonly kind: "connect_failed"; readonly error: ProxyError }
  /** `max_retries` attempts in a row failed. */
  | { readonly kind: "gave_up"; readonly attempts: number }
  | { readonly kind: "disabled" }
  | { readonly kind: "enabled" }
  /** A user wants it tried anew, at once. */
  | { readonly kind: "reset" };

/** What the log, the admin API and the metrics are told of a change. */
export interface BackendChange {
  readonly backend: string;
  readonly from: BackendStatus;
  readonly to: BackendStatus;
  readonly atMs: number;
  readonly event: BackendEvent["kind"];
  readonly code: ErrorCode | undefined;
  readonly level: "info" | "warn";
  /** The log line: a sentence without its full stop. */
  readonly message: string;
}

export interface Transition {
  readonly state: BackendState;
  /** Undefined where nothing changed that anybody has to hear of. */
  readonly change: BackendChange | undefined;
}

/** From which statuses an event leads where. An event that comes from elsewhere is stale and changes nothing. */
const ways: Readonly<
  Record<BackendEvent["kind"], { readonly from: readonly BackendStatus[]; readonly to: BackendStatus }>
> = {
  connected: { from: ["unknown", "closed"], to: "normal" },
  lost: { from: ["normal"], to: "closed" },
  connect_failed: { from: ["unknown", "closed"], to: "closed" },
  gave_up: { from: ["closed"], to: "closed" },
  disabled: { from: ["normal", "closed", "unknown"], to: "force_closed" },
  enabled: { from: ["force_closed"], to: "unknown" },
  reset: { from: ["normal", "closed", "unknown"], to: "unknown" },
};

/** A backend that nobody has tried yet, or one that its configuration starts disabled. */
export const initialState = (name: string, startsClosed: boolean, now: number): BackendState => ({
  name,
  status: startsClosed ? "force_closed" : "unknown",
  sinceMs: now,
  code: undefined,
  reason: undefined,
  givenUp: false,
});

/** The only way to another status. */
export const transition = (state: BackendState, event: BackendEvent, now: number): Transition => {
  const { from, to } = ways[event.kind];
  if (!from.includes(state.status)) return { state, change: undefined };
  const error = "error" in event ? event.error : undefined;
  const gaveUp = event.kind === "gave_up";
  const next: BackendState = {
    name: state.name,
    status: to,
    sinceMs: to === state.status ? state.sinceMs : now,
    code: gaveUp ? state.code : error?.code,
    reason: gaveUp ? state.reason : error?.message,
    givenUp: gaveUp || (state.givenUp && event.kind === "connect_failed"),
  };
  const silent =
    to === state.status &&
    next.code === state.code &&
    next.reason === state.reason &&
    next.givenUp === state.givenUp;
  if (silent) return { state, change: undefined };
  const change: BackendChange = {
    backend: state.name,
    from: state.status,
    to,
    atMs: now,
    event: event.kind,
    code: next.code,
    level: error === undefined && !gaveUp ? "info" : "warn",
    message: sentence(next, event),
  };
  return { state: next, change };
};

const sentence = ({ name, reason }: BackendState, event: BackendEvent): string => {
  switch (event.kind) {
    case "connected":
      return `${name} is up (${event.why === undefined ? event.protocol : `${event.protocol}; ${event.why}`})`;
    case "lost":
    case "connect_failed":
      return `${name} is down: ${reason}`;
    case "gave_up":
      return `${name} is given up after ${event.attempts} attempts: ${reason}; reset it to try again`;
    case "disabled":
      return `${name} is disabled: it gets no new tunnels`;
    case "enabled":
      return `${name} is enabled`;
    case "reset":
      return `${name} is reset: connecting anew`;
  }
};
