import type { BackendView } from "@octoproxy/lib/admin/schemas";
import type { JSX } from "react";
import { pendingOf, selectedBackend, type TuiState } from "../store/state.ts";
import { duration, latency } from "../text/duration.ts";
import { bytes, count, counted } from "../text/quantity.ts";
import { sparkline } from "../text/sparkline.ts";
import { daemonMs, failuresOf } from "./backend-columns.ts";
import { daysLeftSpan, protocolSpan, retryWords, stateSpan } from "./backend-state.ts";
import { freshness } from "./freshness.ts";
import { bad, doubtful, good, quiet, type Span, span } from "./line.tsx";
import { Panel } from "./panel.tsx";

interface DetailPanelProps {
  readonly state: TuiState;
  readonly columns: number;
  readonly rows: number;
}

const sparkCells = 24;

/** Everything that is known about the selected backend. */
export const DetailPanel = ({ state, columns, rows }: DetailPanelProps): JSX.Element => {
  const backend = selectedBackend(state);
  const lines =
    backend === undefined
      ? [[span("there is no such backend any more", quiet)]]
      : factsOf(backend, state).map(([name, ...spans]) => [span(name.padEnd(13), quiet), ...spans]);
  return (
    <Panel
      title={state.backend ?? "Backend"}
      note={freshness(state)}
      focused={true}
      columns={columns}
      rows={rows}
      lines={lines}
    />
  );
};

export const detailLines = 11;

type Fact = readonly [name: string, ...spans: readonly Span[]];

const factsOf = (backend: BackendView, state: TuiState): readonly Fact[] => {
  const nowMs = daemonMs(state);
  const since = (instant: string): string => duration(nowMs - Date.parse(instant));
  const { protocol, certificate, open_ms: open, last_error: error, retry_at: retryAt } = backend;
  const spark = sparkline(state.history.backends.get(backend.name) ?? [], sparkCells);
  return [
    [
      "state",
      stateSpan(backend, pendingOf(state, backend.name), nowMs),
      span(`   for ${since(backend.since)}`, quiet),
      span(retryAt === null ? "" : `   ${retryWords(Date.parse(retryAt) - nowMs)}`, doubtful),
    ],
    [
      "address",
      span(backend.address),
      span(`   certificate for ${backend.server_name}   weight ${backend.weight}`, quiet),
    ],
    [
      "protocol",
      protocolSpan(protocol),
      span(`   configured: ${protocol.configured}`, quiet),
      span(protocol.since === null ? "" : `   for ${since(protocol.since)}`, quiet),
      span(protocol.why === null ? "" : `   ${protocol.why}`, doubtful),
    ],
    ["round trip", span(latency(backend.round_trip_ms))],
    [
      "open",
      span(`p50 ${latency(open.p50)}   p90 ${latency(open.p90)}   p99 ${latency(open.p99)}`),
      span(`   of ${counted(open.count, "tunnel")}`, quiet),
    ],
    [
      "tunnels",
      span(`${count(backend.tunnels_active)} now`),
      span(`   ${count(backend.tunnels_total)} in all`, quiet),
    ],
    [
      "traffic",
      span(`↓ ${bytes(backend.bytes_in_per_second)}/s   ↑ ${bytes(backend.bytes_out_per_second)}/s   `),
      span(spark, good),
    ],
    ["bytes", span(`↓ ${bytes(backend.bytes_in)}   ↑ ${bytes(backend.bytes_out)}`)],
    ["failures", ...failureSpans(backend)],
    [
      "last error",
      ...(error === null
        ? [span("none", quiet)]
        : [
            span(error.message, backend.status === "closed" ? bad : {}),
            span(`   ${since(error.at)} ago`, quiet),
          ]),
    ],
    [
      "certificate",
      ...(certificate === null
        ? [span("not read", quiet)]
        : [
            daysLeftSpan(certificate.days_left),
            span(` left, until ${certificate.not_after.slice(0, 10)}`),
            span(`   ${certificate.file}   ${certificate.subject}`, quiet),
          ]),
    ],
  ];
};

const failureSpans = (backend: BackendView): readonly Span[] => {
  if (failuresOf(backend) === 0) return [span("none", quiet)];
  const codes = Object.entries(backend.failures).sort(([, one], [, other]) => other - one);
  return [span(codes.map(([code, times]) => `${count(times)} ${code}`).join("   "))];
};
