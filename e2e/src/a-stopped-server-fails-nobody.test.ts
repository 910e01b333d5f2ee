import { test } from "node:test";
import { playIncident } from "./harness/incident.ts";

test("one of three servers is stopped under load: no request fails, it is left alone until it wakes up", (context) =>
  playIncident(context, {
    begin: async (fleet) => fleet.server("two").kill("SIGSTOP"),
    end: async (fleet) => fleet.server("two").kill("SIGCONT"),
    open: "spared",
  }));
