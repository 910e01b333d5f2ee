import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { MemoryListener } from "./memory/memory-listener.ts";
import { toDuplex } from "./to-duplex.ts";
import type { TunnelStream } from "./tunnel-stream.ts";

const pair = async () => {
  let far: TunnelStream | undefined;
  const listener = new MemoryListener({
    connection: () => {},
    tunnel: (tunnel) => {
      far = tunnel.accept();
    },
    refused: () => {},
  });
  const client = await listener.connect();
  const near = await client.open("example.test:80", AbortSignal.timeout(10_000));
  return { client, near: toDuplex(near), far: toDuplex(far!) };
};

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test("a duplex carries 3 MB through its windows and ends in both directions", async () => {
  const { client, near, far } = await pair();
  const payload = randomBytes(3 << 20);
  const echo = pipeline(far, far);
  const [, echoed] = await Promise.all([
    pipeline(Readable.from([payload]), near, { end: true }),
    buffer(near),
  ]);
  await echo;
  assert.equal(sha256(echoed), sha256(payload));
  assert.equal(client.openStreams, 0);
});

test("a reset is an error event with the code, destroy is a reset", async () => {
  const { near, far } = await pair();
  near.destroy();
  const [error] = await once(far, "error");
  assert.equal(error.code, "RESET");
});
