import type { BackendView, ProtocolView } from "@octoproxy/lib/admin/schemas";
import type { TuiCommand } from "../store/state.ts";
import { briefDuration, duration } from "../text/duration.ts";
import { bad, doubtful, good, type Look, quiet, type Span, span } from "./line.tsx";

const pendingWords: Readonly<Record<TuiCommand["kind"], string>> = {
  enable: "enabling",
  disable: "disabling",
  reset: "resetting",
  switch_protocol: "switching",
  close_tunnel: "closing",
  reload: "reloading",
};

/** A backend's state in at most 12 cells: a glyph, a word, how long. @param nowMs by the daemon's clock. */
export const stateSpan = (backend: BackendView, pending: TuiCommand | undefined, nowMs: number): Span => {
  if (pending !== undefined) return span(`◌ ${pendingWords[pending.kind]}`, doubtful);
  const { status, since, ejected_until: ejectedUntil, given_up: givenUp } = backend;
  switch (status) {
    case "normal":
      return ejectedUntil === null ? span("● up", good) : span("◐ ejected", doubtful);
    case "closed":
      if (givenUp) return span("✗ gave up", bad);
      return span(`✗ down ${briefDuration(nowMs - Date.parse(since))}`, bad);
    case "unknown":
      return span("◌ connecting", doubtful);
    case "force_closed":
      return span("○ disabled", quiet);
  }
};

/** The protocol in use, `↓` behind it where it is not the first choice; the configured one while there is none. */
export const protocolSpan = ({ configured, in_use: inUse, why }: ProtocolView): Span => {
  if (inUse === null) return span(configured, quiet);
  const fellBack = configured === "auto" && inUse !== "quic" && why !== null;
  return span(fellBack ? `${inUse} ↓` : inUse);
};

export const retryWords = (inMs: number): string =>
  inMs < 1000 ? "it is being tried again" : `it is tried again in ${duration(inMs)}`;

/** What is wrong with a backend, as a sentence; undefined where nothing is. */
export const troubleOf = (
  backend: BackendView,
  nowMs: number,
): { readonly words: string; readonly look: Look } | undefined => {
  const { name, status, last_error: error, retry_at: retryAt, given_up: givenUp } = backend;
  if (status === "closed") {
    const wait = retryAt === null ? "" : ` (${retryWords(Date.parse(retryAt) - nowMs)})`;
    const next = givenUp ? " (given up: r tries again)" : wait;
    return { words: `${name}: ${error?.message ?? "not connected"}${next}`, look: bad };
  }
  if (status !== "normal") return undefined;
  const { ejected_until: ejectedUntil, protocol } = backend;
  if (ejectedUntil !== null) {
    const wait = duration(Date.parse(ejectedUntil) - nowMs);
    return {
      words: `${name}: gets no tunnels for ${wait}: five in a row could not be opened`,
      look: doubtful,
    };
  }
  if (protocol.configured !== "auto" || protocol.in_use === "quic" || protocol.why === null) return undefined;
  return { words: `${name}: over ${protocol.in_use}: ${protocol.why}`, look: doubtful };
};

/** Days that a certificate is still good for. */
export const daysLeftSpan = (daysLeft: number): Span => {
  if (daysLeft < 0) return span("expired", bad);
  const text = daysLeft === 1 ? "1 day" : `${daysLeft} days`;
  if (daysLeft < 7) return span(text, bad);
  return span(text, daysLeft < 30 ? doubtful : {});
};
