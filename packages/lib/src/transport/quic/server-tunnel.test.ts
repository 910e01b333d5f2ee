import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamHandle, StreamUser } from "@octoproxy/quic/handles";
import { HeadDecoder } from "../../tunnel/head-codec.ts";
import type { QuicServerConnection } from "./server-connection.ts";
import { QuicServerTunnel } from "./server-tunnel.ts";

/** A server's connection that knows whose heads it awaits, and a stream whose reads are played by `reads`. */
const playTunnel = (...reads: readonly ((user: StreamUser) => Buffer | undefined)[]) => {
  const awaited = new Set<unknown>();
  const server = {
    dialect: { original: false, newHeadReader: () => new HeadDecoder() },
    headAwaited: (tunnel: unknown) => awaited.add(tunnel),
    headDone: (tunnel: unknown) => awaited.delete(tunnel),
    remove: () => undefined,
  };
  const left = [...reads];
  let user: StreamUser | undefined;
  const handle = {
    ended: false,
    more: false,
    use: (newUser: StreamUser) => {
      user = newUser;
    },
    read: () => left.shift()?.(user!),
    destroy: () => undefined,
  };
  new QuicServerTunnel(server as unknown as QuicServerConnection, handle as unknown as StreamHandle);
  return { awaited, user: user! };
};

const reset = (user: StreamUser): undefined => {
  user.aborted(Object.assign(new Error("reset"), { code: "RESET" }) as never);
};

test("the head of a stream whose reset is found by the first read is awaited no more", () => {
  assert.equal(playTunnel(reset).awaited.size, 0);
});

test("a head that has begun is awaited until its stream is reset", () => {
  const { awaited, user } = playTunnel(() => Buffer.from([0]), reset);
  assert.equal(awaited.size, 1);
  user.readable();
  assert.equal(awaited.size, 0);
});
