import assert from "node:assert/strict";
import { test } from "node:test";
import { BesideHostile } from "./floods/beside-hostile.ts";
import { bestOf } from "./floods/flood-row.ts";
import { HonestBeside, honestRequest } from "./floods/honest-beside.ts";
import { HostileQuicServer, treatments } from "./floods/hostile-quic-server.ts";
import { ResidentMemory } from "./floods/resident-memory.ts";
import { RawPeer } from "./harness/raw-peer.ts";

const skip = process.platform !== "linux" && "needs /proc";
/** MiB. */
const limit = 64;
const atOnce = 20;
const rounds = process.env.OCTOPROXY_FULL === undefined ? 5 : 50;

/** A client with an honest server for everything and a hostile one for each treatment, all of them up. */
const start = () =>
  BesideHostile.start(
    "quic",
    Object.values(treatments).map((treat) => (folder) => new HostileQuicServer(folder, treat)),
  );

/** Asks for a tunnel and takes whatever comes until the end. @returns the status that was said, 0 for none. */
const ask = async (proxy: string, target: string): Promise<number> => {
  using peer = await RawPeer.connect(proxy);
  peer.send(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const { text } = await peer.rest();
  return Number(text.split(" ")[1] ?? 0);
};

test("a QUIC server that ends, mistreats or garbles every tunnel: the application is told, other servers go on", {
  skip,
}, async (t) => {
  await using world = await start();
  const { client, target, hostile } = world;
  const memory = new ResidentMemory(client.process.pid);
  await memory.warmUp(() => honestRequest(client.proxy, target.address));
  for (const [at, name] of Object.keys(treatments).entries())
    await bestOf(t, limit, async () => {
      await memory.begin();
      await using honest = HonestBeside.through(client.proxy, target.address);
      const said = new Map<number, number>();
      for (let round = 0; round < rounds; round++) {
        const asking = Array.from({ length: atOnce }, () => ask(client.proxy, `hostile-${at}.test:1`));
        for (const status of await Promise.all(asking)) said.set(status, (said.get(status) ?? 0) + 1);
      }
      const honestMs = await honest.end();
      assert.ok(hostile[at]!.asked > 0, name);
      if (!name.startsWith("a yes")) assert.equal(said.get(200), undefined, `${name}: success for a failure`);
      return {
        kind: "QUIC",
        attack: name,
        role: "client",
        certificate: "yes",
        grownMiB: await memory.grown(),
        honestMs,
        end: `${hostile[at]!.asked} tunnels; said ${[...said].map(([status, count]) => `${count} × ${status}`).join(", ")}`,
      };
    });
  assert.ok(client.process.running);
  await honestRequest(client.proxy, target.address);
});
