import { test } from "node:test";
import { playIncident } from "./harness/incident.ts";

// UDP does not tell of a process that is gone, nor of one that stands still: both are noticed by silence.
const quick = (name: string): string =>
  `[backends.${name}.quic]\nkeep_alive_interval = 1\nmax_idle_timeout = 3600`;

test("quic: one of three servers is killed under load: no request fails, its open tunnels end with a reset, it comes back", (context) =>
  playIncident(context, {
    fleet: { transport: "quic", backend: quick },
    begin: async (fleet) => fleet.server("two").kill("SIGKILL"),
    end: (fleet) => fleet.startServer("two"),
    open: "reset",
  }));

test("quic: one of three servers is stopped under load: no request fails, it is left alone until it wakes up", (context) =>
  playIncident(context, {
    fleet: { transport: "quic" },
    begin: async (fleet) => fleet.server("two").kill("SIGSTOP"),
    end: async (fleet) => fleet.server("two").kill("SIGCONT"),
    open: "spared",
  }));

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
