import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import type { Attack } from "@octoproxy/lib/transport/h2/testing/attack";
import { hoardingAttacks } from "@octoproxy/lib/transport/h2/testing/hoarding-attacks";
import { RawPeer } from "@octoproxy/lib/transport/h2/testing/raw-peer";
import { serverAttacks } from "@octoproxy/lib/transport/h2/testing/server-attacks";
import { bestOf } from "./floods/flood-row.ts";
import { HonestBeside, honestRequest } from "./floods/honest-beside.ts";
import { ResidentMemory } from "./floods/resident-memory.ts";
import { identityOf, makeStranger } from "./floods/stranger.ts";
import { runAttack } from "./floods/wire-attack.ts";
import { WireTargets } from "./floods/wire-targets.ts";
import { Pair } from "./harness/pair.ts";
import { hostAndPort } from "./harness/raw-tunnel.ts";

const skip = process.platform !== "linux" && "needs /proc";
/** MiB: R32; what an attack may make us hold, with the garbage of it; 16,384 tunnels that wait, 6 KB each. */
const limitOf = ({ name, codes, mostHeld }: Attack): number => {
  if (name.startsWith("streams above")) return 112;
  return codes.length > 0 ? 16 : (mostHeld ?? 16) + 16;
};
const inadequateSecurity = 12;

const dial = async (pair: Pair, certificate: boolean): Promise<TLSSocket> => {
  const socket = connect({
    ...hostAndPort(pair.serverAddress),
    servername: "localhost",
    ALPNProtocols: ["h2"],
    ...identityOf(pair.folder, certificate),
  });
  socket.setNoDelay(true);
  await once(socket, "secureConnect");
  return socket;
};

const play = async (t: TestContext, certificate: boolean, attacks: readonly Attack[]): Promise<void> => {
  await using pair = await Pair.start();
  await makeStranger(pair.folder);
  await using targets = await WireTargets.start();
  const memory = new ResidentMemory(pair.server.pid);
  await memory.warmUp(() => honestRequest(pair.proxy, targets.echo));
  const { authorityOf } = targets;
  for (const attack of attacks)
    await bestOf(t, limitOf(attack), async () => {
      const socket = await dial(pair, certificate);
      const peer = new RawPeer(socket, { role: "client", authorityOf, ...attack.options });
      try {
        if (certificate && attack.options?.deaf !== true) await peer.roundTrip();
        await memory.begin();
        await using honest = HonestBeside.through(pair.proxy, targets.echo);
        const end = await runAttack(attack, peer, certificate ? attack.codes : [inadequateSecurity]);
        const honestMs = await honest.end();
        const grownMiB = await memory.grown();
        return {
          kind: "HTTP/2",
          attack: attack.name,
          role: "server",
          certificate: certificate ? "yes" : "no",
          grownMiB,
          honestMs,
          end,
        };
      } finally {
        peer.destroy();
      }
    });
  assert.ok(pair.server.running && pair.client.running);
  await honestRequest(pair.proxy, targets.echo);
};

// R32
test("every HTTP/2 flood of a client with a certificate", { skip }, (t) => play(t, true, serverAttacks));

test("what a client with a certificate makes the server hold without breaking a rule", { skip }, (t) =>
  play(t, true, hoardingAttacks),
);

// Nothing of them is parsed, so one is like the other but for those that do not read.
const unheard = serverAttacks.filter(
  ({ options }, at) => process.env.OCTOPROXY_FULL !== undefined || options?.deaf === true || at % 4 === 0,
);

test("the floods of a client without: it is sent away before a byte is parsed", { skip }, (t) =>
  play(t, false, unheard),
);
