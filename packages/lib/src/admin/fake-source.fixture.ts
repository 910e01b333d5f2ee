import type { ControlCommand, ControlEvent, ControlResult, ControlSource } from "./control.ts";
import type { BackendView, StatusView, TunnelView } from "./schemas.ts";

const at = "2026-11-24T14:02:11.512Z";
const traffic = {
  tunnels_active: 3,
  tunnels_total: 40,
  bytes_in: 1000,
  bytes_out: 200,
  bytes_in_per_second: 12.5,
  bytes_out_per_second: 0,
};

export const backendView = (name: string): BackendView => ({
  name,
  address: "203.0.113.7:8443",
  server_name: "tokyo.example",
  weight: 1,
  protocol: { configured: "auto", in_use: "http2", since: at, why: "UDP blocked" },
  status: "normal",
  since: at,
  ejected_until: null,
  retry_at: null,
  given_up: false,
  last_error: { code: "BACKEND_TIMEOUT", message: "the server did not answer in time", at },
  certificate: {
    file: "certs/me.crt",
    holds: "certificate",
    subject: "CN=me",
    not_after: at,
    days_left: 6,
    warning: "certs/me.crt ends in 6 days (2026-11-30)",
  },
  round_trip_ms: 38.2,
  open_ms: { count: 12, p50: 41, p90: 44, p99: 90 },
  failures: { BACKEND_TIMEOUT: 2 },
  ...traffic,
});

export const tunnelView = (id: string): TunnelView => ({
  id,
  target: "db.corp.example:443",
  door: "connect",
  rule: "*.corp.example",
  backend: "tokyo",
  client: null,
  source: "127.0.0.1:50000",
  address: null,
  protocol: "http2",
  opened_at: at,
  age_ms: 81_234,
  open_ms: 41.5,
  bytes_in: 1,
  bytes_out: 2,
  bytes_in_per_second: 0,
  bytes_out_per_second: 0,
});

export const statusView = (): StatusView => ({
  role: "client",
  version: "0.1.0",
  started_at: at,
  uptime_seconds: 12,
  ready: true,
  draining: false,
  config_file: "client.toml",
  configured_at: at,
  listen_addresses: [{ address: "127.0.0.1:8081", protocol: "proxy" }],
  balance: "round_robin",
  rules: 12,
  backends: 2,
  backends_up: 2,
  connections: 2,
  certificates: [],
  totals: { ...traffic, failovers: 1, errors: 2 },
});

/** A control source without a data plane. It remembers what it was told to do. */
export class FakeSource implements ControlSource {
  status: StatusView = statusView();
  backends: BackendView[] = [backendView("tokyo"), backendView("osaka")];
  result: ControlResult = { kind: "done" };
  readonly commands: ControlCommand[] = [];
  readonly listeners = new Set<(event: ControlEvent) => void>();

  snapshot() {
    return { at, status: this.status, backends: this.backends };
  }

  backend(name: string) {
    return this.backends.find((backend) => backend.name === name);
  }

  tunnels(most = 3) {
    return ["1", "2", "3"].slice(0, most).map(tunnelView);
  }

  async command(command: ControlCommand) {
    this.commands.push(command);
    return this.result;
  }

  subscribe(listener: (event: ControlEvent) => void) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(event: ControlEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  async metrics() {
    return "octoproxy_backend_up 1\n";
  }

  proxyPac(host: string) {
    return `// ${host}`;
  }
}
