import assert from "node:assert/strict";
import { test } from "node:test";
import type { TunnelStream } from "../tunnel-stream.ts";
import { type Http2Settings, serverHttp2Settings } from "./http2-settings.ts";
import { BareSide, settle } from "./testing/bare-side.ts";

const mebibyte = 2 ** 20;
const chunk = Buffer.alloc(mebibyte);

/** A client whose readers do as `reads` says at each moment, and a server that sends to `count` of them without end. */
const downloads = (count: number, reads: () => boolean, settings: Partial<Http2Settings> = {}) => {
  const client = new BareSide("client", settings);
  const server = new BareSide("server");
  const sources: TunnelStream[] = [];
  const sinks: TunnelStream[] = [];
  const received: number[] = [];
  server.onTunnel = (tunnel) => sources.push(tunnel.accept());
  client.start();
  server.start();
  settle(client, server);
  for (let index = 0; index < count; index += 1) {
    client.client!.open("a.test:1", {
      opened: (stream) => {
        sinks.push(stream);
        received.push(0);
        stream.own({
          data: (bytes) => {
            received[index]! += bytes.length;
            return reads();
          },
          drain: () => {},
          end: () => {},
          reset: () => assert.fail("reset"),
        });
      },
      failed: () => assert.fail("failed"),
    });
  }
  settle(client, server);
  return { client, server, sources, sinks, received };
};

test("hundreds of unread downloads stay below the bound, and another tunnel of the connection goes on", () => {
  const { client, server, sources } = downloads(400, () => false);
  for (const source of sources) for (let count = 0; count < 4; count += 1) source.write(chunk);
  settle(client, server);
  assert.ok(client.core.credit.unread < 64 * mebibyte, `${client.core.credit.unread} bytes unread`);
  let echoed = 0;
  server.onTunnel = (tunnel) => {
    const stream = tunnel.accept();
    stream.own({
      data: (bytes) => stream.write(bytes),
      drain: () => stream.resume(),
      end: () => {},
      reset: () => {},
    });
  };
  let echo: TunnelStream | undefined;
  client.client!.open("b.test:1", {
    opened: (stream) => {
      echo = stream;
      stream.own({
        data: (bytes) => {
          echoed += bytes.length;
          return true;
        },
        drain: () => {},
        end: () => {},
        reset: () => {},
      });
    },
    failed: () => assert.fail("failed"),
  });
  settle(client, server);
  for (let round = 0; round < 64; round += 1) {
    echo!.write(chunk);
    settle(client, server);
  }
  assert.equal(echoed, 64 * mebibyte);
});

test("once the readers go on all bytes arrive, and the windows are as wide as before", () => {
  let reading = false;
  const { client, server, sources, sinks, received } = downloads(40, () => reading);
  for (const source of sources) for (let count = 0; count < 4; count += 1) source.write(chunk);
  settle(client, server);
  assert.equal(server.core.peer.initialWindowSize, 16_384);
  reading = true;
  for (const sink of sinks) sink.resume();
  settle(client, server);
  assert.deepEqual(received, Array(40).fill(4 * mebibyte));
  client.core.tick(2);
  settle(client, server);
  assert.equal(server.core.peer.initialWindowSize, 2 * mebibyte);
  for (const source of sources) {
    const { sendWindow } = server.core.table.open.get(source.id)!;
    assert.ok(sendWindow > mebibyte && sendWindow <= 2 * mebibyte, `a window of ${sendWindow}`);
  }
});

test("a reader that paused for a moment has its whole window again, also with what a server lends", () => {
  let reading = false;
  const { client, server, sources, sinks } = downloads(1, () => reading, serverHttp2Settings);
  sources[0]!.write(chunk);
  settle(client, server);
  reading = true;
  sinks[0]!.resume();
  client.core.tick(2);
  settle(client, server);
  assert.equal(server.core.peer.initialWindowSize, 2 * mebibyte);
});
