import type { ControlHub } from "@octoproxy/lib/admin/control-hub";
import type { BackendView, StatusView } from "@octoproxy/lib/admin/schemas";
import { trafficView } from "@octoproxy/lib/admin/traffic-view";
import { printable } from "@octoproxy/lib/error/proxy-error";
import { version } from "@octoproxy/lib/version";
import type { ClientDaemonFace } from "./client-daemon-face.ts";

export const clientStatus = (
  { config, addresses, isDraining, plane }: ClientDaemonFace,
  hub: ControlHub,
  backends: readonly BackendView[],
): StatusView => {
  const { book, failovers, errors } = plane.metrics;
  const up = backends.filter(({ status }) => status === "normal").length;
  const traffic = trafficView(book.totals(performance.now()).values());
  return {
    role: "client",
    version,
    started_at: hub.startedAt.toISOString(),
    uptime_seconds: hub.uptimeSeconds,
    ready: up > 0 && !isDraining,
    draining: isDraining,
    config_file: printable(config.file),
    configured_at: hub.configuredAt.toISOString(),
    listen_addresses: addresses.map(({ address, protocol }) => ({ address, protocol })),
    balance: config.balance,
    rules: plane.rules.size,
    backends: backends.length,
    backends_up: up,
    connections: backends.filter(({ protocol }) => protocol.in_use !== null).length,
    certificates: hub.certificates(),
    totals: { ...traffic, failovers: failovers.sum, errors: errors.sum },
  };
};
