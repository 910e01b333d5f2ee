import assert from "node:assert/strict";
import { test } from "node:test";
import { openInbound, openOrigin, type Peer } from "../test-bed.ts";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const headEnd = /\r\n\r\n/;
const get = (host: string, path = "/"): string => `GET http://${host}${path} HTTP/1.1\r\nHost: h\r\n\r\n`;

const misbehaviour: Readonly<Record<string, string>> = {
  "status 099": "HTTP/1.1 099 Odd\r\n\r\n",
  "a control byte in the reason": "HTTP/1.1 200 a\u0001b\r\n\r\n",
  "1,000 interim answers": "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000),
  "a 101 that nobody asked for": "HTTP/1.1 101 Odd\r\nUpgrade: x\r\n\r\n",
  "a header of 40 KB": `HTTP/1.1 200 OK\r\nX: ${"a".repeat(40_000)}\r\n\r\n`,
  "both Transfer-Encoding and Content-Length":
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nok",
  "two Content-Length": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
  "a folded field": "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
  "bare line feeds": "HTTP/1.1 200 OK\n\nok",
  "HTTP/0.9": "<html>",
  "another protocol": "SSH-2.0-x\r\n",
  "chunks on HTTP/1.0": "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "a malformed chunk at once": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc",
  "no word": "",
};
for (const [name, answer] of Object.entries(misbehaviour)) {
  test(`the origin answers with ${name}: 502, and the next request is served`, async () => {
    await using inbound = await openInbound();
    using origin = await openOrigin();
    const application = await inbound.application();
    application.send(get(origin.host));
    const target = await origin.accept();
    await target.take(headEnd);
    target.send(answer).end();
    const { text } = await application.rest();
    assert.match(text, /(?:^|\r\n\r\n)HTTP\/1\.1 502 Bad Gateway\r\nProxy-Status: octoproxy-client; error=/);
    const other = await inbound.application();
    other.send(get(origin.host));
    const next = await origin.accept();
    await next.take(headEnd);
    next.send(ok);
    await other.take(/ok$/);
  });
}

for (const [name, answer] of [
  [
    "__proto__ as a field",
    "HTTP/1.1 200 OK\r\n__proto__: x\r\nconstructor: y\r\nContent-Length: 2\r\n\r\nok",
  ],
  ["a header of 20 KB", `HTTP/1.1 200 OK\r\nX: ${"a".repeat(20_000)}\r\nContent-Length: 2\r\n\r\nok`],
  ["no reason", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"],
  ["status 599", "HTTP/1.1 599 Odd\r\nContent-Length: 2\r\n\r\nok"],
] as const) {
  test(`the origin answers with ${name}: that passes, whole and one byte a packet`, async () => {
    await using inbound = await openInbound();
    using origin = await openOrigin();
    const application = await inbound.application();
    const target = { peer: undefined as Peer | undefined };
    const answers: string[] = [];
    for (const pace of ["whole", "slow"]) {
      application.send(get(origin.host));
      target.peer ??= await origin.accept();
      await target.peer.take(headEnd);
      if (pace === "whole") target.peer.send(answer);
      else await target.peer.sendSlowly(answer);
      answers.push(await application.take(/\r\n\r\nok$/));
    }
    assert.equal(answers[0], answers[1]);
    assert.equal(origin.connections, 1);
  });
}

const cuts: readonly [name: string, answer: string, cut: "fin" | "reset" | "noise", seen: "fin" | "reset"][] =
  [
    ["a counted body cut by FIN", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "fin", "reset"],
    ["a counted body cut by RST", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "reset", "reset"],
    ["chunks cut by FIN", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "fin", "reset"],
    [
      "a malformed chunk",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
      "noise",
      "reset",
    ],
    ["a body until close, cut by RST", "HTTP/1.1 200 OK\r\n\r\nab", "reset", "reset"],
    ["a body until close, ended by FIN", "HTTP/1.1 200 OK\r\n\r\nab", "fin", "fin"],
  ];
for (const [name, answer, cut, seen] of cuts) {
  test(`${name} ends with ${seen} at the application`, async () => {
    await using inbound = await openInbound();
    using origin = await openOrigin();
    const application = await inbound.application();
    application.send(get(origin.host));
    const target = await origin.accept();
    await target.take(headEnd);
    target.send(answer);
    await application.take(/ab/);
    if (cut === "noise") target.send("x");
    else if (cut === "fin") target.end();
    else target.socket.resetAndDestroy();
    assert.equal((await application.rest()).end, seen);
  });
}

test("a body until close is announced with Connection: close", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  application.send(get(origin.host));
  const target = await origin.accept();
  await target.take(headEnd);
  target.send("HTTP/1.0 200 OK\r\n\r\nall").end();
  const { text } = await application.rest();
  assert.match(text, /^HTTP\/1\.1 200 OK\r\nVia: 1\.0 octoproxy-test\r\nConnection: close\r\n\r\nall$/);
  await target.rest();
});

test("chunks become a body until close for HTTP/1.0", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  application.send(`GET http://${origin.host}/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`);
  const target = await origin.accept();
  await target.take(headEnd);
  target.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  await target.sendSlowly("4;x=y\r\ndefg\r\n0\r\nX: y\r\n\r\n");
  const { text, end } = await application.rest();
  assert.match(text, /^HTTP\/1\.1 200 OK\r\nVia: .*\r\nConnection: close\r\n\r\nabcdefg$/);
  assert.equal(end, "fin");
});

/** Two requests; the origin closes its kept connection when it sees the second one's head. */
const secondOnStale = async (request: (host: string) => string) => {
  const inbound = await openInbound();
  const origin = await openOrigin();
  const application = await inbound.application();
  application.send(get(origin.host));
  const target = await origin.accept();
  await target.take(headEnd);
  target.send(ok);
  await application.take(/ok$/);
  application.send(request(origin.host));
  await target.take(headEnd);
  target.socket.resetAndDestroy();
  return { inbound, origin, application };
};

test("a kept tunnel that turns out stale is replaced once, for a request that may be repeated", async () => {
  const { inbound, origin, application } = await secondOnStale((host) => get(host, "/again"));
  const second = await origin.accept();
  assert.match(await second.take(headEnd), /^GET \/again /);
  second.send(ok);
  await application.take(/ok$/);
  application.send(get(origin.host));
  await second.take(headEnd);
  second.socket.resetAndDestroy();
  const third = await origin.accept();
  await third.take(headEnd);
  third.socket.resetAndDestroy();
  assert.match((await application.rest()).text, /^HTTP\/1\.1 502 /);
  assert.equal(origin.connections, 3);
  await inbound[Symbol.asyncDispose]();
  origin[Symbol.dispose]();
});

for (const [name, request] of [
  ["with a body", (host: string) => `PUT http://${host}/ HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx`],
  ["that is not idempotent", (host: string) => `POST http://${host}/ HTTP/1.1\r\nHost: h\r\n\r\n`],
] as const) {
  test(`a request ${name} is not sent twice: 502`, async () => {
    const { inbound, origin, application } = await secondOnStale(request);
    assert.match((await application.rest()).text, /^HTTP\/1\.1 502 /);
    assert.equal(origin.connections, 1);
    await inbound[Symbol.asyncDispose]();
    origin[Symbol.dispose]();
  });
}

test("an answer that has begun is never repeated", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  application.send(get(origin.host));
  const target = await origin.accept();
  await target.take(headEnd);
  target.send(ok);
  await application.take(/ok$/);
  application.send(get(origin.host));
  await target.take(headEnd);
  target.send("HTTP/1.1 2").end();
  assert.match((await application.rest()).text, /^HTTP\/1\.1 502 /);
  assert.equal(origin.connections, 1);
});

test("bytes behind an answer never reach another request", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  application.send(get(origin.host));
  const target = await origin.accept();
  await target.take(headEnd);
  target.send(`${ok}HTTP/1.1 200 Evil\r\nContent-Length: 4\r\n\r\nevil`);
  await application.take(/ok$/);
  assert.equal((await target.rest()).end, "reset");
  application.send(get(origin.host));
  const second = await origin.accept();
  await second.take(headEnd);
  second.send(ok);
  await application.take(/ok$/);
  assert.equal(inbound.proxy.keptTunnels, 1);
  second.send("HTTP/1.1 200 Evil\r\nContent-Length: 4\r\n\r\nevil");
  assert.equal((await second.rest()).end, "reset");
  assert.equal(inbound.proxy.keptTunnels, 0);
  assert.equal(application.received, "");
});

test("an origin that closes, or says that it keeps for no time, is not asked again on that connection", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  for (const field of ["Connection: close", "Keep-Alive: timeout=1"]) {
    application.send(get(origin.host));
    const target = await origin.accept();
    await target.take(headEnd);
    target.send(`HTTP/1.1 200 OK\r\n${field}\r\nContent-Length: 2\r\n\r\nok`);
    assert.equal((await application.take(/ok$/)).includes("close"), false);
    assert.equal((await target.rest()).end, "fin");
  }
  assert.equal(inbound.proxy.keptTunnels, 0);
});
