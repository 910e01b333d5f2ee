import type { SnapshotEvent } from "@octoproxy/lib/admin/event-schemas";
import { rateOf } from "./tunnel-list.ts";

/** Bytes per second in both directions, a value a second, the newest last. */
export interface TrafficHistory {
  /** Of the newest values, by the daemon's clock. */
  readonly atMs: number;
  readonly total: readonly number[];
  /** By name. */
  readonly backends: ReadonlyMap<string, readonly number[]>;
  /** By id. */
  readonly tunnels: ReadonlyMap<string, readonly number[]>;
}

const everyMs = 950;
/** Values with a hole between them would tell a wrong story. */
const longestHoleMs = 5000;
const mostTotals = 60;
const mostOfBackend = 60;
const mostOfTunnel = 8;

/** With a snapshot's values, where it is a second later than the last ones. */
export const withSnapshot = (history: TrafficHistory, snapshot: SnapshotEvent): TrafficHistory => {
  const atMs = Date.parse(snapshot.at);
  const passedMs = atMs - history.atMs;
  if (passedMs >= 0 && passedMs < everyMs) return history;
  const old: TrafficHistory | undefined = passedMs < 0 || passedMs > longestHoleMs ? undefined : history;
  return {
    atMs,
    total: [...(old?.total ?? []), rateOf(snapshot.status.totals)].slice(-mostTotals),
    backends: extended(snapshot.backends, ({ name }) => name, old?.backends, mostOfBackend),
    tunnels: extended(snapshot.tunnels, ({ id }) => id, old?.tunnels, mostOfTunnel),
  };
};

const extended = <Row extends Parameters<typeof rateOf>[0]>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  before: ReadonlyMap<string, readonly number[]> | undefined,
  most: number,
): Map<string, readonly number[]> =>
  new Map(rows.map((row) => [keyOf(row), [...(before?.get(keyOf(row)) ?? []), rateOf(row)].slice(-most)]));
