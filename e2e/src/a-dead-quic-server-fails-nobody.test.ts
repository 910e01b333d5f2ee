import { test } from "node:test";
import { playIncident } from "./harness/incident.ts";

// The original's own test of two servers: 250 of 504 tunnels waited up to 10 s there.
for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
  test(`quic: one of two servers gets ${signal} under load: no request fails`, (context) =>
    playIncident(context, {
      fleet: { transport: "quic", names: ["one", "two"] },
      begin: async (fleet) => fleet.server("two").kill(signal),
      end: async (fleet) => {
        if (signal === "SIGKILL") await fleet.startServer("two");
        else fleet.server("two").kill("SIGCONT");
      },
      open: "none",
    }));
}
