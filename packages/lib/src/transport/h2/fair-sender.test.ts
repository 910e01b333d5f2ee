import assert from "node:assert/strict";
import { test } from "node:test";
import type { TunnelStream } from "../tunnel-stream.ts";
import { bulkMark } from "./fair-sender.ts";
import { BareSide, settle } from "./testing/bare-side.ts";

const kibibyte = 1024;

/** A client and a server with `count` open tunnels; the server's ends are not owned. */
const tunnels = (
  count: number,
  settings: object = {},
): { client: BareSide; server: BareSide; ends: TunnelStream[] } => {
  const client = new BareSide("client", settings).start();
  const server = new BareSide("server", settings).start();
  settle(client, server);
  server.onTunnel = (tunnel) => tunnel.accept();
  const ends: TunnelStream[] = [];
  for (let number = 0; number < count; number++) {
    client.client!.open(`t:${number}`, { opened: (stream) => ends.push(stream), failed: assert.fail });
  }
  settle(client, server);
  return { client, server, ends };
};

const idle = { data: () => true, drain: () => {}, end: () => {}, reset: () => {} };

/** DATA frames in the order in which they are in the output: stream and length. */
const dataFrames = (bytes: Buffer): [stream: number, length: number][] => {
  const frames: [number, number][] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    if (bytes[at + 3] === 0) frames.push([bytes.readUInt32BE(at + 5), length]);
    at += 9 + length;
  }
  return frames;
};

test("bulk writers are told to wait when the block is full, small chunks of others are not", () => {
  const { client, ends } = tunnels(2);
  const chunk = Buffer.alloc(64 * kibibyte);
  let written = 0;
  while (ends[0]!.write(chunk)) written += chunk.length;
  assert.ok(written < bulkMark + chunk.length, `${written}`);
  assert.equal(ends[1]!.write(Buffer.alloc(100)), true, "a ping passes");
  assert.equal(ends[1]!.write(chunk), false, "bulk does not");
  client.take();
});

test("waiting writers are let on in the order in which they came, a few a turn", () => {
  const { client, ends } = tunnels(12);
  const told: number[] = [];
  const chunk = Buffer.alloc(64 * kibibyte);
  for (const end of ends) {
    end.own({
      ...idle,
      drain: () => {
        told.push(end.id);
        while (end.write(chunk) && end.id !== 0) if (told.length > 200) return;
      },
    });
  }
  for (let turn = 0; turn < 4; turn++) for (const end of ends) end.write(chunk);
  const { output } = client.core.sender;
  assert.ok(output.length >= bulkMark);
  for (let turn = 0; turn < 60 && told.length < 2 * ends.length; turn++) {
    output.clear();
    client.core.sender.fill();
    assert.ok(output.length < 3 * bulkMark, `${output.length}`);
  }
  const first = told.slice(0, ends.length);
  assert.deepEqual(new Set(first).size, ends.length, `each once before anybody twice: ${first}`);
});

test("what the windows held back goes out one frame a stream and turn", () => {
  // The peer's connection window is the smallest there is, so that all four have something left over.
  const { client, server, ends } = tunnels(4, { connectionWindow: 65_535, maxFrameSize: 16_384 });
  for (const end of ends) end.write(Buffer.alloc(40_000));
  const before = client.take();
  const sent = dataFrames(before).reduce((sum, [, length]) => sum + length, 0);
  assert.equal(sent, 65_535);
  server.receive(before);
  client.receive(server.take());
  const order = dataFrames(client.take()).map(([stream]) => stream);
  const [a, b, c] = order;
  assert.equal(new Set([a, b, c]).size, 3, `three waiting streams take turns: ${order}`);
});

test("frames are no larger than the peer allows, and up to 256 KiB where it does", () => {
  for (const [maxFrameSize, frames] of [
    [16_384, 8],
    [256 * kibibyte, 1],
  ] as const) {
    const { client, ends } = tunnels(1, { maxFrameSize });
    ends[0]!.write(Buffer.alloc(128 * kibibyte));
    assert.equal(dataFrames(client.take()).length, frames);
  }
});

test("a stream's credit comes when its reader took the bytes, the connection's at once", () => {
  const { client, server, ends } = tunnels(12, {
    streamWindow: 1024 * kibibyte,
    connectionWindow: 2048 * kibibyte,
  });
  // Nobody reads on the server: twelve streams of 1 MiB still arrive through a connection window of 2 MiB.
  for (let turn = 0; turn < 20; turn++) for (const end of ends) end.write(Buffer.alloc(64 * kibibyte));
  settle(client, server);
  assert.equal(server.core.credit.unread, 12 * 1024 * kibibyte);
  assert.equal(client.core.sender.backlog, 12 * 4 * 64 * kibibyte);
  for (const stream of server.core.table.open.values()) stream.own(idle);
  return Promise.resolve().then(() => {
    settle(client, server);
    assert.deepEqual([server.core.credit.unread, client.core.sender.backlog], [0, 0]);
  });
});

test("an adaptive window doubles while it is used up within two round trips, up to the connection's", () => {
  const settings = { streamWindow: 65_536, connectionWindow: 1024 * kibibyte, adaptiveWindow: true };
  const { client, server, ends } = tunnels(1, settings);
  const [stream] = [...server.core.table.open.values()];
  stream!.own(idle);
  server.core.keepAlive.shortestTripMs = 50;
  for (let turn = 0; turn < 200; turn++) {
    server.now += 10;
    ends[0]!.write(Buffer.alloc(32 * kibibyte));
    settle(client, server);
  }
  assert.equal(stream!.window, 1024 * kibibyte);
  assert.equal(server.failure, undefined);
});
