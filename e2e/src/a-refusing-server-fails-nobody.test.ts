// R09
import { test } from "node:test";
import { playIncident } from "./harness/incident.ts";
import { everydayTransports } from "./harness/on-each-transport.ts";

for (const transport of everydayTransports)
  test(`${transport}: one of three servers refuses connections from the start: no request fails, it is used when it is there`, (context) =>
    playIncident(context, {
      fleet: { away: ["two"], transport },
      // UDP does not refuse: there it is the attempt's own deadline that ends it.
      begin: async (fleet) => (transport === "http2" ? fleet.isDown("two") : undefined),
      end: (fleet) => fleet.startServer("two"),
      open: "none",
    }));
