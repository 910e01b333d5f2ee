import type { SnapshotEvent } from "@octoproxy/lib/admin/event-schemas";
import { backendView, statusView, tunnelView } from "@octoproxy/lib/admin/fake-source.fixture";
import type { BackendView, TunnelView } from "@octoproxy/lib/admin/schemas";
import { reduce } from "./store/reducer.ts";
import { initialState, type TuiState } from "./store/state.ts";

/** 14:02:11 UTC; every instant here is counted from it. */
const nowMs = Date.parse("2026-11-24T14:02:11.000Z");
export const instant = (secondsAgo: number): string => new Date(nowMs - secondsAgo * 1000).toISOString();

const backend = (name: string, address: string, change: Partial<BackendView>): BackendView => ({
  ...backendView(name),
  address,
  since: instant(11_520),
  last_error: null,
  failures: {},
  ...change,
});

const idle = {
  tunnels_active: 0,
  tunnels_total: 0,
  bytes_in: 0,
  bytes_out: 0,
  bytes_in_per_second: 0,
  bytes_out_per_second: 0,
  round_trip_ms: null,
  open_ms: { count: 0, p50: null, p90: null, p99: null },
};

/** The four backends of the design's example: up, fallen back, disabled, down. */
export const livelyBackends = (): BackendView[] => [
  backend("tokyo", "203.0.113.7:8443", {
    protocol: { configured: "auto", in_use: "quic", since: instant(11_520), why: null },
    certificate: {
      file: "certs/me.crt",
      holds: "certificate",
      subject: "CN=me",
      not_after: instant(-6 * 86_400),
      days_left: 6,
      warning: "certs/me.crt ends in 6 days (2026-11-30)",
    },
    tunnels_active: 31,
    tunnels_total: 9034,
    bytes_in: 1_234_567_890_123,
    bytes_out: 31_000_000_000,
    bytes_in_per_second: 9_140_000,
    bytes_out_per_second: 380_000,
  }),
  backend("osaka", "203.0.113.9:8443", {
    tunnels_active: 12,
    tunnels_total: 3000,
    bytes_in_per_second: 3_000_000,
    bytes_out_per_second: 120_000,
    failures: { BACKEND_TIMEOUT: 2, BACKEND_REFUSED: 1 },
  }),
  backend("paris", "198.51.100.4:8443", {
    ...idle,
    status: "force_closed",
    protocol: { configured: "http2", in_use: null, since: null, why: null },
  }),
  backend("lima", "198.51.100.9:8443", {
    ...idle,
    status: "closed",
    since: instant(12),
    retry_at: instant(-8),
    protocol: { configured: "quic", in_use: null, since: null, why: null },
    last_error: {
      code: "BACKEND_TLS",
      message: "certificate refused by the server: unknown authority",
      at: instant(12),
    },
    failures: { BACKEND_TLS: 7 },
  }),
];

const tunnel = (id: string, target: string, change: Partial<TunnelView>): TunnelView => ({
  ...tunnelView(id),
  target,
  opened_at: instant(Number(id)),
  age_ms: Number(id) * 1000,
  ...change,
});

const targets = [
  "mirror.example:443",
  "db.corp.example:5432",
  "chat.example:443",
  "ci.corp.example:8443",
  "192.0.2.80:80",
];

/** The heaviest three by name, and forty like them. */
export const livelyTunnels = (): TunnelView[] => [
  tunnel("131", "registry.example:443", { bytes_in: 1_200_000_000, bytes_in_per_second: 9_000_000 }),
  tunnel("2640", "git.corp.example:22", { backend: "osaka", bytes_in: 31_000_000, bytes_out: 40_000 }),
  ...Array.from({ length: 40 }, (_, place) =>
    tunnel(`${300 + place * 37}`, targets[place % targets.length]!, {
      backend: place % 3 === 0 ? "osaka" : "tokyo",
      bytes_in: Math.round(12_000_000 / (place + 1)),
      bytes_out: 1000 * (place + 1),
      bytes_in_per_second: place % 4 === 0 ? 40_000 / (place + 1) : 0,
    }),
  ),
  tunnel("9", "[2001:db8::7]:443", {
    rule: null,
    door: "socks5",
    protocol: "quic",
    bytes_in: 1,
    bytes_out: 800,
  }),
];

export const livelySnapshot = (change: Partial<SnapshotEvent> = {}): SnapshotEvent => ({
  type: "snapshot",
  at: instant(0),
  status: {
    ...statusView(),
    listen_addresses: [
      { address: "127.0.0.1:8081", protocol: "proxy" },
      { address: "127.0.0.1:8403", protocol: "admin" },
    ],
    balance: "least_loaded_time",
    uptime_seconds: 273_600,
    backends: 4,
    backends_up: 2,
    totals: {
      tunnels_active: 43,
      tunnels_total: 12_034,
      bytes_in: 1_234_567_890_123,
      bytes_out: 31_000_000_000,
      bytes_in_per_second: 12_140_000,
      bytes_out_per_second: 500_000,
      failovers: 2,
      errors: 14,
    },
  },
  backends: livelyBackends(),
  tunnels: livelyTunnels(),
  ...change,
});

/** A state after some seconds of such a daemon. */
export const livelyState = (snapshot: SnapshotEvent = livelySnapshot()): TuiState => {
  let state = initialState("127.0.0.1:8403", nowMs);
  for (let ago = 9; ago >= 0; ago--) {
    const scale = [0.1, 0.3, 0.2, 0.9, 1, 0.6, 0.4, 0.3, 0.8, 1][9 - ago]!;
    const { totals } = snapshot.status;
    const status = {
      ...snapshot.status,
      totals: {
        ...totals,
        bytes_in_per_second: ago === 0 ? totals.bytes_in_per_second : totals.bytes_in_per_second * scale,
      },
    };
    const scaled = <Row extends { bytes_in_per_second: number }>(row: Row): Row => ({
      ...row,
      bytes_in_per_second: ago === 0 ? row.bytes_in_per_second : row.bytes_in_per_second * scale,
    });
    const message = {
      ...snapshot,
      at: new Date(Date.parse(snapshot.at) - ago * 1000).toISOString(),
      status,
      backends: snapshot.backends.map(scaled),
      tunnels: snapshot.tunnels.map(scaled),
    };
    state = reduce(state, { type: "message", message, nowMs: nowMs - ago * 1000 });
  }
  return state;
};
