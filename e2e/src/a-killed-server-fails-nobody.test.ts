import { test } from "node:test";
import { playIncident } from "./harness/incident.ts";

/** Nothing tells a QUIC client that the other side is gone: its tunnels end when the connection has been idle. */
const backend = (name: string): string =>
  `[backends.${name}.quic]\nmax_idle_timeout = 3\nkeep_alive_interval = 1`;

for (const transport of ["http2", "quic"] as const) {
  test(`${transport}: one of three servers is killed under load: no request fails, its open tunnels end with a reset, it comes back`, (context) =>
    playIncident(context, {
      fleet: { transport, backend },
      begin: async (fleet) => fleet.server("two").kill("SIGKILL"),
      end: (fleet) => fleet.startServer("two"),
      open: "reset",
    }));
}
