import { test } from "node:test";
import { playIncident } from "./harness/incident.ts";

for (const transport of ["http2", "quic"] as const) {
  test(`${transport}: one of three servers is stopped under load: no request fails, it is left alone until it wakes up`, (context) =>
    playIncident(context, {
      fleet: { transport },
      begin: async (fleet) => fleet.server("two").kill("SIGSTOP"),
      end: async (fleet) => fleet.server("two").kill("SIGCONT"),
      open: "spared",
    }));
}
