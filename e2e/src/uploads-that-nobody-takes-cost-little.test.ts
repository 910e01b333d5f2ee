import assert from "node:assert/strict";
import { test } from "node:test";
import { settingIds, types, windowUpdate } from "@octoproxy/lib/transport/h2/testing/raw-frames";
import type { RawPeer } from "@octoproxy/lib/transport/h2/testing/raw-peer";
import { BesideHostile } from "./floods/beside-hostile.ts";
import { bestOf } from "./floods/flood-row.ts";
import { HonestBeside, honestRequest } from "./floods/honest-beside.ts";
import { HostileServer } from "./floods/hostile-server.ts";
import { ResidentMemory } from "./floods/resident-memory.ts";
import { Uploads } from "./floods/uploads.ts";

const skip = process.platform !== "linux" && "needs /proc";
const applications = 1000;
/** R32, MiB. */
const limit = 16;

interface Stinginess {
  readonly name: string;
  /** The window that each stream begins with. */
  readonly window: number;
  /** Whether the connection's window is open: else it ends after 65,535 bytes. */
  readonly connectionOpen: boolean;
  readonly asks: "CONNECT" | "POST";
  /** Never answers a request for a tunnel: what the applications send meanwhile is early. */
  readonly silent?: boolean;
}

const stinginesses: readonly Stinginess[] = [
  { name: "windows of zero", window: 0, connectionOpen: true, asks: "CONNECT" },
  { name: "windows of one byte", window: 1, connectionOpen: true, asks: "CONNECT" },
  { name: "windows that are given once", window: 65_535, connectionOpen: true, asks: "CONNECT" },
  {
    name: "a connection's window that is given once",
    window: 65_535,
    connectionOpen: false,
    asks: "CONNECT",
  },
  { name: "windows of zero, plain HTTP", window: 0, connectionOpen: true, asks: "POST" },
  { name: "windows that are given once, plain HTTP", window: 65_535, connectionOpen: true, asks: "POST" },
  { name: "silence", window: 65_535, connectionOpen: true, asks: "CONNECT", silent: true },
  { name: "silence, plain HTTP", window: 65_535, connectionOpen: true, asks: "POST", silent: true },
];

/** Waits until so many tunnels have been asked for, and grants them as they come, or none. */
const meet = async (peer: RawPeer, count: number, grants: boolean): Promise<void> => {
  const met = new Set<number>();
  while (met.size < count && !peer.closed) {
    const asked = peer.frames.filter(({ type, stream }) => type === types.headers && !met.has(stream));
    if (asked.length === 0) {
      const known = peer.frames.length;
      await peer.until(() => peer.frames.length > known);
      continue;
    }
    for (const { stream } of asked) met.add(stream);
    if (grants) await peer.send(...asked.map(({ stream }) => peer.headers(stream, [[":status", "200"]])));
  }
};

const says = (asks: Stinginess["asks"], authority: string): string =>
  asks === "CONNECT"
    ? `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`
    : `POST http://${authority}/ HTTP/1.1\r\nHost: ${authority}\r\nContent-Length: 1000000000\r\n\r\n`;

// R32
test("a thousand uploads to a server that opens no window: their bytes stay with the applications", {
  skip,
}, async (t) => {
  await using world = await BesideHostile.start(
    "http2",
    stinginesses.map(
      ({ window }) =>
        (folder) =>
          HostileServer.start(folder, { settings: { [settingIds.initialWindowSize]: window } }),
    ),
  );
  const { client, target, hostile } = world;
  const memory = new ResidentMemory(client.process.pid);
  await memory.warmUp(() => honestRequest(client.proxy, target.address));
  for (const [at, { name, connectionOpen, asks, silent = false }] of stinginesses.entries()) {
    await bestOf(t, limit, async () => {
      const peer = await hostile[at]!.peer;
      if (connectionOpen) await peer.send(windowUpdate(0, 0x7fff_0000));
      await memory.begin();
      using uploads = new Uploads();
      const met = meet(peer, applications, !silent);
      await uploads.come(client.proxy, applications, says(asks, `hostile-${at}.test:1`));
      await met;
      if (asks === "CONNECT" && !silent) await uploads.answered();
      // What a tunnel or a request that stands costs is another matter.
      await memory.begin();
      uploads.send();
      await using honest = HonestBeside.through(client.proxy, target.address);
      for (let count = 0; count < 20; count++) await honestRequest(client.proxy, target.address);
      const honestMs = await honest.end();
      assert.equal(uploads.open, applications);
      const grownMiB = await memory.grown();
      peer.destroy();
      return {
        kind: "HTTP/2",
        attack: `${applications} uploads to ${name}`,
        role: "client",
        certificate: "yes",
        grownMiB,
        honestMs,
        end: "goes on, bounded",
      };
    });
  }
  assert.ok(client.process.running);
  await honestRequest(client.proxy, target.address);
});
