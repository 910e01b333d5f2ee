import { once } from "node:events";
import { test } from "node:test";
import type { Fleet } from "./harness/fleet.ts";
import { Impostor, silentAfterQuic, silentUdp } from "./harness/impostor.ts";
import { playIncident } from "./harness/incident.ts";

const replacedBy = (impostorOf: (fleet: Fleet, address: string) => Promise<AsyncDisposable>) => {
  let impostor: AsyncDisposable | undefined;
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

// UDP does not tell of a process that is gone: its connections are noticed by silence.
const quick = (name: string): string =>
  `[backends.${name}.quic]\nkeep_alive_interval = 1\nmax_idle_timeout = 2`;

test("quic: in the place of one of three servers something takes datagrams and never answers: no request fails", (context) =>
  playIncident(context, {
    fleet: { transport: "quic", backend: quick },
    ...replacedBy((_, address) => silentUdp(address)),
  }));

test("quic: in the place of one of three servers something completes the handshake and never answers: no request fails", (context) =>
  playIncident(context, {
    fleet: { transport: "quic", backend: quick },
    ...replacedBy((fleet, address) => silentAfterQuic(address, fleet.folder)),
  }));
