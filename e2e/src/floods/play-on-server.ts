import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import type { Attack } from "@octoproxy/lib/transport/h2/testing/attack";
import { RawPeer } from "@octoproxy/lib/transport/h2/testing/raw-peer";
import type { Pair } from "../harness/pair.ts";
import { bestOf, type FloodRow } from "./flood-row.ts";
import { HonestBeside, honestRequest, warmUp } from "./honest-beside.ts";
import { ResidentMemory } from "./resident-memory.ts";
import { makeStranger } from "./stranger.ts";
import { runAttack } from "./wire-attack.ts";
import { WireTargets } from "./wire-targets.ts";

/** What thousands of tunnels leave behind is counted as well. */
const lingerMs = 1500;

/** How the floods of one client reach the server, and what is expected of them. */
export interface ServerFloods {
  readonly kind: FloodRow["kind"];
  readonly attacks: readonly Attack[];
  readonly dial: () => Promise<TLSSocket>;
  /** MiB. */
  readonly limitOf: (attack: Attack) => number;
  /** The code with which a client without a certificate is sent away, whatever it does; undefined: it has one. */
  readonly refusedWith?: number;
  /** What the table says behind the name of each. */
  readonly way?: string;
}

/** Plays HTTP/2 floods on the pair's server, one after another, each beside an honest application. */
export const playOnServer = async (
  t: TestContext,
  pair: Pair,
  { kind, attacks, dial, limitOf, refusedWith, way = "" }: ServerFloods,
): Promise<void> => {
  await makeStranger(pair.folder);
  await using targets = await WireTargets.start();
  const memory = new ResidentMemory(pair.server.pid);
  await warmUp(memory, pair.proxy, targets.echo);
  const { authorityOf } = targets;
  const isKnown = refusedWith === undefined;
  for (const attack of attacks)
    await bestOf(t, limitOf(attack), async () => {
      const peer = new RawPeer(await dial(), { role: "client", authorityOf, ...attack.options });
      try {
        if (isKnown && attack.options?.deaf !== true) await peer.roundTrip();
        if (isKnown) await attack.prepare?.(peer);
        await memory.begin();
        await using honest = HonestBeside.through(pair.proxy, targets.echo);
        const end = await runAttack(attack, peer, isKnown ? attack.codes : [refusedWith]);
        if (attack.prepare !== undefined) await setTimeout(lingerMs); // its tunnels end beside the honest one
        const honestMs = await honest.end();
        const grownMiB = await memory.grown();
        const certificate = isKnown ? "yes" : "no";
        return { kind, attack: `${attack.name}${way}`, role: "server", certificate, grownMiB, honestMs, end };
      } finally {
        peer.destroy();
      }
    });
  assert.ok(pair.server.running && pair.client.running);
  await honestRequest(pair.proxy, targets.echo);
};
