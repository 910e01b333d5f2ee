import { Box } from "ink";
import type { JSX } from "react";
import { backendsOf, type TuiState } from "../store/state.ts";
import { rateOf } from "../store/tunnel-list.ts";
import { duration } from "../text/duration.ts";
import { cellsOf } from "../text/fit.ts";
import { bytes, count, counted } from "../text/quantity.ts";
import { sparkline } from "../text/sparkline.ts";
import { certificateMark } from "./certificate-warning.ts";
import { bad, doubtful, good, Line, type Look, quiet, type Span, span } from "./line.tsx";

interface HeaderProps {
  readonly state: TuiState;
  readonly columns: number;
}

export const headerRows = 2;
/** Between parts of a line. */
const gap = 2;

/** Which daemon it is, how long it serves, and its totals. */
export const Header = ({ state, columns }: HeaderProps): JSX.Element => (
  <Box flexDirection="column" width={columns}>
    <Line spans={spread(identity(state), throughput(state, columns), columns)} cells={columns} />
    <Line spans={spread(totals(state), health(state), columns)} cells={columns} />
  </Box>
);

/** Parts from the left, as many as fit whole, and one at the right end. */
const spread = (parts: readonly Span[], right: readonly Span[], columns: number): Span[] => {
  const rightCells = cellsIn(right);
  const spans: Span[] = [span(" ")];
  let room = columns - 2 - rightCells;
  for (const part of parts) {
    const cells = cellsOf(part.text) + gap;
    if (part.text === "" || cells > room) continue;
    spans.push(part, span(" ".repeat(gap)));
    room -= cells;
  }
  return [...spans, span(" ".repeat(Math.max(0, room))), ...right, span(" ")];
};

const cellsIn = (spans: readonly Span[]): number => spans.reduce((sum, { text }) => sum + cellsOf(text), 0);

const identity = ({ snapshot, address }: TuiState): Span[] => {
  if (snapshot === undefined) return [span("octoproxy", { bold: true }), span(`admin API at ${address}`)];
  const {
    version,
    role,
    listen_addresses: listening,
    balance,
    uptime_seconds: uptime,
    draining,
  } = snapshot.status;
  const doors = listening.filter(({ protocol }) => protocol !== "admin").map((one) => one.address);
  const more = doors.length > 1 ? ` +${doors.length - 1}` : "";
  return [
    span(`octoproxy ${version}`, { bold: true }),
    span(draining ? "draining" : "", doubtful),
    span(`${doors[0] ?? ""}${more}`),
    span(role === "server" ? "server" : (balance ?? "")),
    span(`up ${duration(uptime * 1000)}`),
  ];
};

const throughput = ({ snapshot, history, link, nowMs }: TuiState, columns: number): Span[] => {
  if (link.kind === "lost") return [span(`✗ lost ${duration(nowMs - link.sinceMs)} ago`, bad)];
  if (snapshot === undefined) return [span("◌ connecting", doubtful)];
  const cells = Math.max(8, Math.min(40, columns - 72));
  const rate = `${bytes(rateOf(snapshot.status.totals))}/s`;
  return [span(sparkline(history.total, cells), good), span(rate.padStart(9))];
};

const totals = ({ snapshot }: TuiState): Span[] => {
  if (snapshot === undefined) return [];
  const { totals: all, connections } = snapshot.status;
  return [
    certificateMark(snapshot.status),
    span(counted(all.tunnels_active, "tunnel")),
    span(`${count(all.tunnels_total)} in all`, quiet),
    span(`↓ ${bytes(all.bytes_in)}  ↑ ${bytes(all.bytes_out)}`),
    span(counted(all.errors, "error"), all.errors === 0 ? quiet : {}),
    span(counted(all.failovers, "failover"), all.failovers === 0 ? quiet : {}),
    span(counted(connections, "connection"), quiet),
  ];
};

const health = (state: TuiState): Span[] => {
  const { snapshot } = state;
  if (snapshot === undefined || snapshot.status.role === "server") return [];
  const { backends_up: up } = snapshot.status;
  const all = backendsOf(state).length;
  const look: Look = up === 0 ? bad : up < all ? doubtful : good;
  return [span(`${up} of ${all} up`, look)];
};
