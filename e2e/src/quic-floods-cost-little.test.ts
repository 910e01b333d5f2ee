import assert from "node:assert/strict";
import { test } from "node:test";
import { QuicClient } from "@octoproxy/quic/options";
import { bestOf } from "./floods/flood-row.ts";
import { HonestBeside, honestRequest } from "./floods/honest-beside.ts";
import { newAttackers, quicAttacks } from "./floods/quic-attacks.ts";
import { ResidentMemory } from "./floods/resident-memory.ts";
import { identityOf, makeStranger } from "./floods/stranger.ts";
import { WireTargets } from "./floods/wire-targets.ts";
import { Pair } from "./harness/pair.ts";

const skip = process.platform !== "linux" && "needs /proc";
/** MiB, as for the flood of Initial packets. */
const limit = 64;

// R08, and what a client with a certificate can do
test("every QUIC flood of a client, with a certificate and without", { skip }, async (t) => {
  await using pair = await Pair.start({ transport: "quic" });
  await makeStranger(pair.folder);
  await using targets = await WireTargets.start();
  const memory = new ResidentMemory(pair.server.pid);
  await memory.warmUp(() => honestRequest(pair.proxy, targets.echo));
  const endpoint = newAttackers();
  const alpn = ["octoproxy/1"];
  for (const attack of quicAttacks)
    await bestOf(t, limit, async () => {
      const client = new QuicClient({ ...identityOf(pair.folder, attack.certificate), alpn });
      const left = pair.server.lines.length;
      await memory.begin();
      await using honest = HonestBeside.through(pair.proxy, targets.echo);
      const startedAt = performance.now();
      const much = await attack.run({ endpoint, client, address: pair.serverAddress, targets });
      const took = performance.now() - startedAt;
      const honestMs = await honest.end();
      const grownMiB = await memory.grown();
      const turnedAway = pair.server.lines.slice(left).filter(({ msg }) => msg === "client refused").length;
      const end = `${much} in ${took.toFixed(0)} ms${turnedAway > 0 ? `, ${turnedAway} told in the log` : ""}`;
      return {
        kind: "QUIC",
        attack: attack.name,
        role: "server",
        certificate: attack.certificate ? "yes" : "no",
        grownMiB,
        honestMs,
        end,
      };
    });
  await endpoint.close();
  assert.ok(pair.server.running && pair.client.running);
  await honestRequest(pair.proxy, targets.echo);
});
