import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { createLog } from "@octoproxy/lib/log/logger";
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
    protocol: "memory",
    remoteAddress: "192.0.2.1:1",
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
  const lines: { msg: string; client: string; tunnels?: number; reason?: string }[] = [];
  const { log } = createLog({
    level: "info",
    writer: {
      write: (text, done) => {
        for (const line of text.trim().split("\n")) lines.push(JSON.parse(line));
        done(undefined);
      },
    },
  });
  const said = (msg: string): string[] =>
    lines.filter((line) => line.msg === msg).map(({ client }) => client);
  const [good, bad] = [makeClient(ca, { commonName: "good" }), makeClient(ca, { commonName: "bad" })];
  const all = [bad, bad, bad, good].map(connectionOf);
  const ends = (): number[] => all.map((one) => one.ends.length);
  const live = new LiveConnections(log);
  for (const { connection } of all) live.add(connection);
  all[2]!.leave();
  await all[2]!.connection.closed;
  live.endRevoked(listing(), fixedNow);
  assert.deepEqual(ends(), [0, 0, 0, 0]);
  live.endRevoked(listing(bad), fixedNow);
  assert.deepEqual(ends(), [1, 1, 0, 0]);
  const [error] = all[0]!.ends;
  assert.ok(error instanceof ProxyError);
  assert.equal(error.code, "CERTIFICATE_REFUSED");
  assert.match(error.message, /the client certificate CN=bad was revoked on 2026-11-24/);
  await all[1]!.connection.closed;
  live.endRevoked(listing(bad, good), fixedNow);
  assert.deepEqual(ends(), [1, 1, 0, 1]);
  await all[3]!.connection.closed;
  await Promise.resolve();
  const ended = "connection ended, the client's certificate is revoked";
  assert.deepEqual(said("client connected"), ["CN=bad", "CN=bad", "CN=bad", "CN=good"]);
  assert.deepEqual(said(ended), ["CN=bad", "CN=bad", "CN=good"]);
  assert.deepEqual(said("client left"), ["CN=bad", "CN=bad", "CN=bad", "CN=good"]);
  const line = lines.find(({ msg }) => msg === ended);
  assert.equal(line?.tunnels, 3);
  assert.match(line?.reason ?? "", /was revoked on/);
});

test("where places are wanted, those who give no sign of life lose theirs; asked is once in ten seconds", async () => {
  const lines: string[] = [];
  const { log } = createLog({
    level: "warn",
    writer: { write: (text, done) => done(void lines.push(text)) },
  });
  const asked: string[] = [];
  const who = (name: string, answers: boolean) => {
    const one = connectionOf(makeClient(ca, { commonName: name }));
    const ping = (signal: AbortSignal): Promise<number> => {
      asked.push(name);
      return answers
        ? Promise.resolve(1)
        : new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    Object.assign(one.connection, { ping });
    return one;
  };
  const [awake, asleep] = [who("awake", true), who("asleep", false)];
  const live = new LiveConnections(log);
  for (const { connection } of [awake, asleep]) live.add(connection);
  live.makeRoom();
  live.makeRoom();
  live.makeRoom(awake.connection.peer);
  assert.deepEqual(asked, ["awake", "asleep"]);
  assert.deepEqual([awake.ends.length, asleep.ends.length], [0, 0]);
  await asleep.connection.closed;
  assert.deepEqual([awake.ends.length, asleep.ends.length], [0, 1]);
  assert.match(asleep.ends[0]!.message, /nothing is heard of it/);
  assert.match(lines.join(""), /CN=asleep/);
});
