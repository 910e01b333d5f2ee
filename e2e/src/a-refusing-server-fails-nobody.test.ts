import { test } from "node:test";
import { playIncident } from "./harness/incident.ts";

test("one of three servers refuses connections from the start: no request fails, it is used when it is there", (context) =>
  playIncident(context, {
    fleet: { away: ["two"] },
    begin: (fleet) => fleet.isDown("two"),
    end: (fleet) => fleet.startServer("two"),
    open: "none",
  }));
