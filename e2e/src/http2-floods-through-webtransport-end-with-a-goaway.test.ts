import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { mostMemory } from "@octoproxy/lib/transport/h2/testing/attack";
import { hoardingAttacks } from "@octoproxy/lib/transport/h2/testing/hoarding-attacks";
import { serverAttacks } from "@octoproxy/lib/transport/h2/testing/server-attacks";
import { dialWebTransport } from "@octoproxy/lib/transport/webtransport/connect";
import { bestOf } from "./floods/flood-row.ts";
import { HonestBeside, honestRequest, warmUp } from "./floods/honest-beside.ts";
import { outerAttacks } from "./floods/outer-attacks.ts";
import { OuterPeer } from "./floods/outer-peer.ts";
import { playOnServer } from "./floods/play-on-server.ts";
import { ResidentMemory } from "./floods/resident-memory.ts";
import { identityOf, makeStranger } from "./floods/stranger.ts";
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
  await playOnServer(t, pair, {
    kind: "WebTransport",
    attacks: chosen,
    dial: () => dial(pair),
    limitOf: (attack) => Math.max(limit, mostMemory(attack)),
    way: ", through the pipe",
  });
});

test("floods below the pipe, in the outer HTTP/2, by a client with a certificate", { skip }, async (t) => {
  await using pair = await Pair.start({ transport: "webtransport" });
  await makeStranger(pair.folder);
  await using targets = await WireTargets.start();
  const { authorityOf } = targets;
  const enter = (): Promise<OuterPeer> =>
    OuterPeer.enter({
      address: pair.serverAddress,
      identity: identityOf(pair.folder, true),
      inner: { authorityOf },
    });
  const memory = new ResidentMemory(pair.server.pid);
  await warmUp(memory, pair.proxy, targets.echo);
  for (const attack of outerAttacks)
    await bestOf(t, limit, async () => {
      const peer = await enter();
      try {
        await memory.begin();
        await using honest = HonestBeside.through(pair.proxy, targets.echo);
        const startedAt = performance.now();
        await attack.run(peer);
        const endedMs = performance.now() - startedAt;
        const honestMs = await honest.end();
        const grownMiB = await memory.grown();
        assert.equal(peer.outer.closed, attack.mustEnd);
        const end = attack.mustEnd ? `cut after ${endedMs.toFixed(0)} ms` : "goes on, bounded";
        const name = `${attack.name}, below the pipe`;
        return {
          kind: "WebTransport",
          attack: name,
          role: "server",
          certificate: "yes",
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
});
