import { once } from "node:events";
import { test } from "node:test";
import type { Fleet } from "./harness/fleet.ts";
import { Impostor } from "./harness/impostor.ts";
import { playIncident } from "./harness/incident.ts";

const replacedBy = (impostorOf: (fleet: Fleet, address: string) => Promise<Impostor>) => {
  let impostor: Impostor | undefined;
  return {
    begin: async (fleet: Fleet) => {
      const { child } = fleet.server("two");
      child.kill("SIGKILL");
      await once(child, "exit");
      impostor = await impostorOf(fleet, fleet.address("two"));
    },
    end: async (fleet: Fleet) => {
      await impostor?.[Symbol.asyncDispose]();
      await fleet.startServer("two");
    },
    open: "reset",
  } as const;
};

test("in the place of one of three servers something accepts connections and never speaks TLS: no request fails", (context) =>
  playIncident(
    context,
    replacedBy((_, address) => Impostor.silent(address)),
  ));

test("in the place of one of three servers something completes TLS and never answers: no request fails", (context) =>
  playIncident(
    context,
    replacedBy((fleet, address) => Impostor.silentAfterTls(address, fleet.folder)),
  ));
