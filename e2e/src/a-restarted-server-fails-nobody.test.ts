import { test } from "node:test";
import { playIncident } from "./harness/incident.ts";

test("one of three servers drains under load and is started anew: no request fails, its open tunnels go on", (context) =>
  playIncident(context, {
    begin: async (fleet) => fleet.server("two").kill("SIGTERM"),
    end: (fleet) => fleet.startServer("two"),
    open: "spared",
  }));
