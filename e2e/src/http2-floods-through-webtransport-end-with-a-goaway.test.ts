import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import type { Attack } from "@octoproxy/lib/transport/h2/testing/attack";
import { hoardingAttacks } from "@octoproxy/lib/transport/h2/testing/hoarding-attacks";
import { RawPeer } from "@octoproxy/lib/transport/h2/testing/raw-peer";
import { serverAttacks } from "@octoproxy/lib/transport/h2/testing/server-attacks";
import { dialWebTransport } from "@octoproxy/lib/transport/webtransport/connect";
import { bestOf } from "./floods/flood-row.ts";
import { HonestBeside, honestRequest } from "./floods/honest-beside.ts";
import { ResidentMemory } from "./floods/resident-memory.ts";
import { identityOf, makeStranger } from "./floods/stranger.ts";
import { runAttack } from "./floods/wire-attack.ts";
import { WireTargets } from "./floods/wire-targets.ts";
import { Pair } from "./harness/pair.ts";
import { hostAndPort } from "./harness/raw-tunnel.ts";

const skip = process.platform !== "linux" && "needs /proc";
/** MiB, as for QUIC: every byte passes the package, and its garbage counts. */
const limit = 64;

/** What is one kind of its own; all of them in a full run. */
const some = [
  /^rapid reset/,
  /^CONTINUATION without end, one byte/,
  /^SETTINGS flood that moves/,
  /^PING flood by/,
  /^HPACK bomb/,
  /^more bytes than/,
  /^downloads by a peer/,
];
const chosen = [...serverAttacks, ...hoardingAttacks].filter(
  ({ name }) => process.env.OCTOPROXY_FULL !== undefined || some.some((kind) => kind.test(name)),
);

const dial = async (pair: Pair): Promise<TLSSocket> => {
  const pipe = await dialWebTransport(hostAndPort(pair.serverAddress), AbortSignal.timeout(10_000));
  const material = identityOf(pair.folder, true);
  const socket = connect({ socket: pipe, servername: "localhost", ALPNProtocols: ["h2"], ...material });
  await once(socket, "secureConnect");
  return socket;
};

test("HTTP/2 floods through the pipe by a client with a certificate", { skip }, async (t) => {
  await using pair = await Pair.start({ transport: "webtransport" });
  await makeStranger(pair.folder);
  await using targets = await WireTargets.start();
  const memory = new ResidentMemory(pair.server.pid);
  await memory.warmUp(() => honestRequest(pair.proxy, targets.echo));
  const { authorityOf } = targets;
  const limitOf = ({ name }: Attack): number => (name.startsWith("streams above") ? 160 : limit);
  for (const attack of chosen)
    await bestOf(t, limitOf(attack), async () => {
      const peer = new RawPeer(await dial(pair), { role: "client", authorityOf, ...attack.options });
      try {
        if (attack.options?.deaf !== true) await peer.roundTrip();
        await memory.begin();
        await using honest = HonestBeside.through(pair.proxy, targets.echo);
        const end = await runAttack(attack, peer);
        const honestMs = await honest.end();
        return {
          kind: "WebTransport",
          attack: `${attack.name}, through the pipe`,
          role: "server",
          certificate: "yes",
          grownMiB: await memory.grown(),
          honestMs,
          end,
        };
      } finally {
        peer.destroy();
      }
    });
  assert.ok(pair.server.running && pair.client.running);
  await honestRequest(pair.proxy, targets.echo);
});
