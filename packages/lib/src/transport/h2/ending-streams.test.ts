import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "../../error/proxy-error.ts";
import { BareSide, settle } from "./testing/bare-side.ts";

const count = 1000;

test("a thousand tunnels hear of their connection's end a part a turn, the newest first, and none says a word more", () => {
  const client = new BareSide("client").start();
  const server = new BareSide("server").start();
  settle(client, server);
  const heard: number[] = [];
  const streams = Array.from({ length: count }, (_, at) => {
    const stream = client.client!.open("a.test:1", { opened: () => {}, failed: () => {} })!;
    const reset = (error: ProxyError): void => {
      assert.equal(error.code, "BACKEND_LOST");
      heard.push(at);
    };
    stream.own({ data: () => true, drain: () => {}, end: () => assert.fail("a clean end"), reset });
    return stream;
  });
  client.take();
  const { core } = client;
  core.end(new ProxyError("BACKEND_LOST"));
  assert.ok(heard.length > 0 && heard.length < count / 2, `${heard.length}`);
  assert.equal(core.table.open.size, count - heard.length);
  assert.equal(streams[0]!.write(Buffer.from("late")), false);
  streams[1]!.end();
  streams[2]!.reset();
  let turns = 1;
  while (core.ending.more()) turns++;
  assert.ok(turns >= 2);
  assert.equal(core.table.open.size, 0);
  const expected = Array.from({ length: count }, (_, at) => count - 1 - at).filter((at) => at !== 2);
  assert.deepEqual(heard, expected);
  assert.equal(client.take().length, 0);
});
