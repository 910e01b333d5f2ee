import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { noOpenssl } from "./testing/authority.ts";
import { makePair, roundTrip } from "./testing/pair.ts";

test("mutual TLS, and every byte comes back", { skip: noOpenssl }, async () => {
  await using pair = await makePair();
  for (const size of [0, 1, 100, 65_536, 3_000_001]) {
    const bytes = randomBytes(size);
    assert.deepEqual(await roundTrip(pair.client, bytes), bytes);
  }
  assert.equal(pair.client.alpn, "octo-test/1");
  assert.equal(pair.server.serverName, "localhost");
  assert.equal(pair.client.peerCertificates.length, 1);
  assert.equal(pair.server.peerCertificates.length, 1);
  assert.equal(pair.client.openStreams, 0);
});
