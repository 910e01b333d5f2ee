import assert from "node:assert/strict";
import { test } from "node:test";
import { startAnsweringOrigin } from "./harness/answering-origin.ts";
import { Pair } from "./harness/pair.ts";
import { RawPeer } from "./harness/raw-peer.ts";

// As a Python session does that is not used at the moment: it sees the end only when it is used again.
test("a kept connection that the application never closes does not hold SIGTERM up", async () => {
  await using pair = await Pair.start();
  await using origin = await startAnsweringOrigin(async (peer) => {
    for (;;) {
      await peer.take(/\r\n\r\n/);
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  });
  using idle = await RawPeer.connect(pair.proxy);
  idle.send(`GET http://${origin.address}/ HTTP/1.1\r\nHost: h\r\n\r\n`);
  await idle.take(/ok$/);
  using told = await RawPeer.connect(pair.proxy);
  told.send(`GET http://${origin.address}/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
  await told.take(/ok$/);
  const startedAt = performance.now();
  pair.client.kill("SIGTERM");
  assert.equal(await pair.client.exit(), 0);
  assert.ok(performance.now() - startedAt < 15_000, "the drain's own limit is 30 s");
});
