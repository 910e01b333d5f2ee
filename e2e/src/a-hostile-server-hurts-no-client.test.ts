import assert from "node:assert/strict";
import { test } from "node:test";
import type { Attack } from "@octoproxy/lib/transport/h2/testing/attack";
import { clientAttacks } from "@octoproxy/lib/transport/h2/testing/client-attacks";
import { BesideHostile } from "./floods/beside-hostile.ts";
import { bestOf } from "./floods/flood-row.ts";
import { HonestBeside, honestRequest } from "./floods/honest-beside.ts";
import { HostileServer } from "./floods/hostile-server.ts";
import { ResidentMemory } from "./floods/resident-memory.ts";
import { SlowOnes } from "./floods/slow-ones.ts";
import { runAttack } from "./floods/wire-attack.ts";

const skip = process.platform !== "linux" && "needs /proc";
/** R32, MiB; and the connection's window of 16 MiB where it is used up. */
const limitOf = ({ name }: Attack): number => (name === "more bytes than the windows allow" ? 32 : 16);

/** Who has been told to go may have gone before the flood is one. */
const codesOf = ({ name, codes }: Attack): readonly number[] =>
  name === "GOAWAY flood" ? [0, ...codes] : codes;

/** A client with an honest server for everything and a hostile one for each attack, all of them up. */
const start = () =>
  BesideHostile.start(
    "http2",
    clientAttacks.map(
      ({ options }) =>
        (folder) =>
          HostileServer.start(folder, options),
    ),
  );

// R32
test("every HTTP/2 flood of a server: the client ends it, and tunnels by other servers go on", {
  skip,
}, async (t) => {
  await using world = await start();
  const { client, target, hostile } = world;
  const memory = new ResidentMemory(client.process.pid);
  await memory.warmUp(() => honestRequest(client.proxy, target.address));
  for (const [at, attack] of clientAttacks.entries()) {
    await bestOf(t, limitOf(attack), async () => {
      const peer = await hostile[at]!.peer;
      await memory.begin();
      await using honest = HonestBeside.through(client.proxy, target.address);
      using asking = new SlowOnes(); // one that read would open the windows without end
      const authority = `hostile-${at}.test:1`;
      await asking.come(client.proxy, 1, `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
      const end = await runAttack(attack, peer, codesOf(attack));
      const honestMs = await honest.end();
      const grownMiB = await memory.grown();
      return {
        kind: "HTTP/2",
        attack: attack.name,
        role: "client",
        certificate: "yes",
        grownMiB,
        honestMs,
        end,
      };
    });
  }
  assert.ok(client.process.running);
  await honestRequest(client.proxy, target.address);
});
