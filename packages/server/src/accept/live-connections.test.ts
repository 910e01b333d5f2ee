import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import {
  fixedNow,
  type Made,
  makeCa,
  makeClient,
  signerOfMade,
  trusting,
} from "@octoproxy/lib/tls/certificate.fixture";
import { judgeChain } from "@octoproxy/lib/tls/judge";
import { readRevocationList } from "@octoproxy/lib/tls/x509/crl-codec";
import { writeRevocationList } from "@octoproxy/lib/tls/x509/crl-writer";
import type { Connection } from "@octoproxy/lib/transport/transport";
import { LiveConnections } from "./live-connections.ts";

const dayMs = 86_400_000;
const ca = makeCa("ca");

const connectionOf = (client: Made) => {
  const closed = Promise.withResolvers<ProxyError | undefined>();
  const ends: (ProxyError | undefined)[] = [];
  const connection = {
    peer: judgeChain([client.der], trusting(ca), { purpose: "client", now: fixedNow }),
    openStreams: 3,
    closed: closed.promise,
    destroy: (error?: ProxyError) => {
      ends.push(error);
      closed.resolve(error);
    },
  } as unknown as Connection;
  return { connection, ends, leave: () => closed.resolve(undefined) };
};

const listing = (...revoked: Made[]) => {
  const entry = { date: new Date(fixedNow), reason: "keyCompromise" };
  const der = writeRevocationList(
    {
      thisUpdate: new Date(fixedNow - 1000),
      nextUpdate: new Date(fixedNow + dayMs),
      number: 1n,
      revoked: new Map(revoked.map(({ certificate }) => [certificate.fields.serial, entry])),
    },
    signerOfMade(ca),
  );
  return { ...trusting(ca), revocationLists: [readRevocationList(der)] };
};

test("every connection of a revoked certificate ends with the reason, others and those that left do not", async () => {
  const [good, bad] = [makeClient(ca, { commonName: "good" }), makeClient(ca, { commonName: "bad" })];
  const all = [bad, bad, bad, good].map(connectionOf);
  const live = new LiveConnections();
  for (const { connection } of all) live.add(connection);
  all[2]!.leave();
  await all[2]!.connection.closed;
  assert.deepEqual(live.endRevoked(listing(), fixedNow), []);
  const ended = live.endRevoked(listing(bad), fixedNow);
  assert.deepEqual(
    ended.map(({ connection, tunnels }) => [connection.peer.subject, tunnels]),
    [
      ["CN=bad", 3],
      ["CN=bad", 3],
    ],
  );
  assert.deepEqual(
    all.map(({ ends }) => ends.length),
    [1, 1, 0, 0],
  );
  const [error] = all[0]!.ends;
  assert.ok(error instanceof ProxyError);
  assert.equal(error.code, "CERTIFICATE_REFUSED");
  assert.match(error.message, /the client certificate CN=bad was revoked on 2026-11-24/);
  await Promise.resolve();
  assert.deepEqual(live.endRevoked(listing(bad, good), fixedNow).length, 1);
});
