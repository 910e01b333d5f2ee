import type { BackendView } from "@octoproxy/lib/admin/schemas";
import { backendsOf, pendingOf, type TuiState } from "../store/state.ts";
import { latency } from "../text/duration.ts";
import { cellsOf } from "../text/fit.ts";
import { compact } from "../text/quantity.ts";
import { sparkline } from "../text/sparkline.ts";
import { daysLeftSpan, protocolSpan, stateSpan } from "./backend-state.ts";
import { bad, good, type Look, quiet, span } from "./line.tsx";
import type { Column } from "./table.ts";

/** The daemon's clock at the last snapshot. */
export const daemonMs = ({ snapshot }: TuiState): number =>
  snapshot === undefined ? 0 : Date.parse(snapshot.at);

export const failuresOf = ({ failures }: BackendView): number =>
  Object.values(failures).reduce((sum, value) => sum + value, 0);

/** What the table of backends can show; which of them it does is the window's width. */
export const backendColumns = (state: TuiState): readonly Column<BackendView>[] => [
  { title: "name", least: nameCells(state), most: 24, rank: 100, cell: ({ name }) => span(name) },
  { title: "address", least: addressCells(state), most: 40, rank: 60, cell: ({ address }) => span(address) },
  { title: "proto", least: 7, rank: 70, cell: ({ protocol }) => protocolSpan(protocol) },
  { title: "wanted", least: 12, rank: 25, cell: ({ protocol }) => span(protocol.configured, quiet) },
  {
    title: "state",
    least: 12,
    rank: 99,
    cell: (backend) => stateSpan(backend, pendingOf(state, backend.name), daemonMs(state)),
  },
  figure("act", 4, 90, ({ tunnels_active: active }) => compact(active)),
  figure("total", 5, 20, ({ tunnels_total: total }) => compact(total)),
  figure("↓/s", 4, 85, (backend) => compact(backend.bytes_in_per_second)),
  figure("↑/s", 4, 84, (backend) => compact(backend.bytes_out_per_second)),
  {
    title: "↓ + ↑",
    least: 8,
    grows: true,
    rank: 40,
    cell: ({ name }, cells) => span(sparkline(state.history.backends.get(name) ?? [], cells), good),
  },
  figure("p50", 6, 80, ({ open_ms: open }) => latency(open.p50)),
  figure("p99", 6, 50, ({ open_ms: open }) => latency(open.p99)),
  figure("rtt", 6, 45, ({ round_trip_ms: roundTrip }) => latency(roundTrip)),
  figure(
    "fail",
    4,
    55,
    (backend) => compact(failuresOf(backend)),
    (backend) => (backend.status === "closed" ? bad : {}),
  ),
  figure("↓", 4, 15, (backend) => compact(backend.bytes_in)),
  figure("↑", 4, 14, (backend) => compact(backend.bytes_out)),
  {
    title: "cert",
    align: "right",
    least: 9,
    rank: 30,
    cell: ({ certificate }) => (certificate === null ? span("—") : daysLeftSpan(certificate.days_left)),
  },
];

/** Names tell backends apart and addresses end in a port: in a narrow window they are cut only where they are long. */
const nameCells = (state: TuiState): number => longest(state, "name", 5, 12);
const addressCells = (state: TuiState): number =>
  longest(state, "address", 12, Math.min(18, 29 - nameCells(state)));

const longest = (state: TuiState, field: "name" | "address", least: number, most: number): number =>
  Math.min(most, Math.max(least, ...backendsOf(state).map((backend) => cellsOf(backend[field]))));

const figure = (
  title: string,
  least: number,
  rank: number,
  textOf: (backend: BackendView) => string,
  lookOf?: (backend: BackendView) => Look,
): Column<BackendView> => ({
  title,
  align: "right",
  least,
  rank,
  cell: (backend) => {
    const text = textOf(backend);
    return span(text, text === "0" || text === "—" ? quiet : lookOf?.(backend));
  },
});
