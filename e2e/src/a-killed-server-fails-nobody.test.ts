import { test } from "node:test";
import { playIncident } from "./harness/incident.ts";

test("one of three servers is killed under load: no request fails, its open tunnels end with a reset, it comes back", (context) =>
  playIncident(context, {
    begin: async (fleet) => fleet.server("two").kill("SIGKILL"),
    end: (fleet) => fleet.startServer("two"),
    open: "reset",
  }));
