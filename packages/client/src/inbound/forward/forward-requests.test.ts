import assert from "node:assert/strict";
import { test } from "node:test";
import type { Target } from "@octoproxy/lib/address/target";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { openInbound, openOrigin } from "../test-bed.ts";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const headEnd = /\r\n\r\n/;

test("a request is built anew for the origin, its answer for the application; both connections are kept", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  application.send(
    `POST http://user:secret@${origin.host}/p?q#f HTTP/1.1\r\nHost: other\r\nProxy-Authorization: Basic eA==\r\n` +
      "Proxy-Connection: keep-alive\r\nConnection: X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nX: y\r\n" +
      "Content-Length: 4\r\n\r\nbody",
  );
  const target = await origin.accept();
  assert.equal(
    await target.take(/body/),
    `POST /p?q HTTP/1.1\r\nHost: ${origin.host}\r\nX: y\r\nVia: 1.1 octoproxy-test\r\nContent-Length: 4\r\n\r\nbody`,
  );
  target.send("HTTP/1.1 201 Made\r\nKeep-Alive: timeout=60\r\nServer: s\r\nContent-Length: 2\r\n\r\nok");
  assert.equal(
    await application.take(/ok/),
    "HTTP/1.1 201 Made\r\nServer: s\r\nVia: 1.1 octoproxy-test\r\nContent-Length: 2\r\n\r\nok",
  );
  application.send(`GET http://${origin.host}/ HTTP/1.1\r\nHost: ${origin.host}\r\n\r\n`);
  assert.match(await target.take(headEnd), /^GET \/ HTTP\/1\.1\r\n/);
  target.send(ok);
  await application.take(/ok$/);
  assert.equal(origin.connections, 1);
  const [first] = inbound.records;
  assert.deepEqual(
    { ...first, ms: 0, source: "" },
    {
      source: "",
      method: "POST",
      target: { host: "127.0.0.1", port: origin.port },
      key: "tokyo",
      status: 201,
      error: undefined,
      bytesUp: 4,
      bytesDown: 2,
      ms: 0,
    },
  );
});

const hostile: Readonly<Record<string, string>> = {
  "both Transfer-Encoding and Content-Length": "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
  "two Content-Length": "Content-Length: 5\r\nContent-Length: 6\r\n",
  "Transfer-Encoding: gzip, chunked": "Transfer-Encoding: gzip, chunked\r\n",
  "two Hosts": "Host: b\r\n",
  "a folded field": "X: a\r\n b\r\n",
  "a bare line feed": "X: a\nY: b\r\n",
  "white space before a colon": "Content-Length : 5\r\n",
};
for (const [name, lines] of Object.entries(hostile)) {
  test(`400, and nothing reaches the origin, whole and one byte a packet: ${name}`, async () => {
    await using inbound = await openInbound();
    using origin = await openOrigin();
    const bytes = `POST http://${origin.host}/ HTTP/1.1\r\nHost: a\r\n${lines}\r\n0\r\n\r\nGET http://${origin.host}/x HTTP/1.1\r\n\r\n`;
    for (const pace of ["whole", "slow"]) {
      const application = await inbound.application();
      if (pace === "whole") application.send(bytes);
      else await application.sendSlowly(bytes);
      const { text, end } = await application.rest();
      assert.match(
        text,
        /^HTTP\/1\.1 400 Bad Request\r\nProxy-Status: octoproxy-client; error=http_request_error/,
      );
      assert.equal(text.split("HTTP/1.1 ").length, 2);
      assert.equal(end, "fin");
    }
    assert.equal(origin.connections, 0);
  });
}

for (const [name, line] of [
  ["Transfer-Encoding on HTTP/1.0", "POST http://h/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n"],
  ["HTTP/0.9", "GET http://h/\r\n"],
  ["a path alone", "GET / HTTP/1.1\r\nHost: h\r\n"],
  ["https", "GET https://h/ HTTP/1.1\r\nHost: h\r\n"],
  ["OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: h\r\n"],
] as const) {
  test(`400 for ${name}`, async () => {
    await using inbound = await openInbound();
    const application = await inbound.application();
    application.send(`${line}\r\n`);
    assert.match((await application.rest()).text, /^HTTP\/1\.1 400 /);
    assert.deepEqual(inbound.opened, []);
  });
}

test("a chunked body passes as it is, with extensions and trailers; a malformed one never completes at the origin", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const post = `POST http://${origin.host}/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const body = "3;a=b\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n";
  const application = await inbound.application();
  application.send(post + body);
  const target = await origin.accept();
  const head = await target.take(headEnd);
  assert.match(head, /\r\nTransfer-Encoding: chunked\r\n/);
  assert.equal(await target.take(body.length), body);
  target.send(ok);
  await application.take(/ok/);

  application.send(`${post}3\r\nabc\r\n`);
  await target.take(/abc\r\n/);
  application.send("x\r\n");
  const refusal = await application.rest();
  assert.match(refusal.text, /^HTTP\/1\.1 400 /);
  assert.equal((await target.rest()).end, "reset");
});

test("pipelined requests are answered in their order, each with its own answer", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  const paths = ["/a", "/b", "/c"];
  application.send(
    paths.map((path) => `GET http://${origin.host}${path} HTTP/1.1\r\nHost: h\r\n\r\n`).join(""),
  );
  const target = await origin.accept();
  for (const path of paths) {
    assert.match(await target.take(headEnd), new RegExp(`^GET ${path} `));
    assert.equal(target.received, "");
    target.send(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${path}`);
    assert.match(await application.take(new RegExp(`${path}$`)), /^HTTP\/1\.1 200 OK\r\n/);
  }
  application.end();
  assert.deepEqual(await application.rest(), { text: "", end: "fin" });
});

test("Expect: 100-continue waits for the origin's word; 103 passes, to HTTP/1.0 it does not", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  application.send(
    `PUT http://${origin.host}/ HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`,
  );
  const target = await origin.accept();
  assert.match(await target.take(headEnd), /\r\nExpect: 100-continue\r\n/);
  target.send("HTTP/1.1 100 Continue\r\n\r\n");
  await application.take(/^HTTP\/1\.1 100 Continue\r\n.*\r\n\r\n/);
  application.send("body");
  await target.take(/body/);
  target.send(`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ok}`);
  assert.match(
    await application.take(/ok$/),
    /^HTTP\/1\.1 103 Early Hints\r\nLink: x\r\nVia: .*\r\n\r\nHTTP\/1\.1 200/,
  );
  const old = await inbound.application();
  old.send(`GET http://${origin.host}/ HTTP/1.0\r\n\r\n`);
  await target.take(headEnd);
  target.send(`HTTP/1.1 103 Early Hints\r\n\r\n${ok}`);
  assert.match((await old.rest()).text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close\r\n\r\nok$/);
});

test("a final answer to an unsent body closes the connection behind it", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  application.send(
    `PUT http://${origin.host}/ HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`,
  );
  const target = await origin.accept();
  await target.take(headEnd);
  target.send("HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
  const { text, end } = await application.rest();
  assert.match(text, /^HTTP\/1\.1 413 No\r\n[\s\S]*Connection: close\r\n\r\n$/);
  assert.equal(end, "fin");
  assert.equal((await target.rest()).end, "reset");
});

test("answers to HEAD, 204 and 304 end with their heads", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  let target: Awaited<ReturnType<typeof origin.accept>> | undefined;
  for (const [method, answer] of [
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"],
    ["HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["GET", "HTTP/1.1 204 No Content\r\n\r\n"],
    ["GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n"],
  ] as const) {
    application.send(`${method} http://${origin.host}/ HTTP/1.1\r\nHost: h\r\n\r\n`);
    target ??= await origin.accept();
    await target.take(headEnd);
    target.send(answer);
    const head = await application.take(headEnd);
    assert.equal(head.includes("Content-Length: 500"), answer.includes("500"));
    assert.equal(application.received, "");
  }
  assert.equal(origin.connections, 1);
});

test("Upgrade carries both directions and both FINs; what was not asked for is 502", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  application.send(
    `GET http://${origin.host}/ws HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Key: x\r\n\r\nfirst",
  );
  const target = await origin.accept();
  assert.match(
    await target.take(headEnd),
    /\r\nSec-WebSocket-Key: x\r\n[\s\S]*Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n$/,
  );
  assert.equal(target.received, "");
  target.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello");
  const head = await application.take(headEnd);
  assert.match(head, /^HTTP\/1\.1 101 [\s\S]*Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n$/);
  assert.equal(await application.take(5), "hello");
  assert.equal(await target.take(5), "first");
  application.send("more").end();
  assert.deepEqual(await target.rest(), { text: "more", end: "fin" });
  target.send("last").end();
  assert.deepEqual(await application.rest(), { text: "last", end: "fin" });
  await inbound.emptied();
  assert.equal(inbound.records.at(-1)?.status, 101);
  assert.equal(inbound.over.length, 1, "its tunnel is not counted any more");

  for (const [asked, upgrade] of [
    ["", "websocket"],
    ["Connection: Upgrade\r\nUpgrade: websocket\r\n", "other"],
    ["Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n", "h2c"],
  ]) {
    const other = await inbound.application();
    other.send(`GET http://${origin.host}/ HTTP/1.1\r\nHost: h\r\n${asked}\r\n`);
    const next = await origin.accept();
    assert.equal((await next.take(headEnd)).includes("h2c"), false);
    next.send(`HTTP/1.1 101 Odd\r\nUpgrade: ${upgrade}\r\n\r\n`);
    assert.match((await other.rest()).text, /^HTTP\/1\.1 502 /);
  }
});

test("CONNECT may follow on the same connection", async () => {
  const asked = Promise.withResolvers<string>();
  await using inbound = await openInbound({
    request: (request) => {
      request.succeed();
      let text = "";
      request.stream.own({
        data: (chunk) => {
          text += Buffer.from(chunk).toString();
          if (text.length === 10) asked.resolve(`${request.target.host} ${text}`);
          return true;
        },
        drain: () => {},
        end: () => {},
        reset: () => {},
      });
    },
  });
  using origin = await openOrigin();
  const application = await inbound.application();
  application.send(
    `GET http://${origin.host}/ HTTP/1.1\r\nHost: h\r\n\r\nCONNECT h.example:443 HTTP/1.1\r\n\r\nearly`,
  );
  const target = await origin.accept();
  await target.take(headEnd);
  target.send(ok);
  await application.take(/\r\n\r\nok/);
  await application.take(/^HTTP\/1\.1 200 Connection established\r\n\r\n/);
  application.send("later");
  assert.equal(await asked.promise, "h.example earlylater");
});

test("a loop is seen by our name in Via, another proxy's is let pass", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const looping = await inbound.application();
  looping.send(`GET http://${origin.host}/ HTTP/1.1\r\nHost: h\r\nVia: 1.1 x, 1.1 octoproxy-test\r\n\r\n`);
  assert.match((await looping.rest()).text, /^HTTP\/1\.1 502 [\s\S]*error=proxy_loop_detected/);
  assert.equal(origin.connections, 0);
  const application = await inbound.application();
  application.send(`GET http://${origin.host}/ HTTP/1.1\r\nHost: h\r\nVia: 1.1 octoproxy-other\r\n\r\n`);
  assert.match(
    await (await origin.accept()).take(headEnd),
    /\r\nVia: 1\.1 octoproxy-other, 1\.1 octoproxy-test\r\n/,
  );
});

test("who asks the proxy for itself is told of the loop, after two steps", async () => {
  await using inbound = await openInbound();
  const application = await inbound.application();
  application.send(`GET http://127.0.0.1:${inbound.port}/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
  assert.match((await application.rest()).text, /^HTTP\/1\.1 502 [\s\S]*error=proxy_loop_detected/);
  assert.equal(inbound.opened.length, 1);
});

test("TRACE and OPTIONS count their hops; without any left they are not forwarded", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  application.send(`OPTIONS http://${origin.host} HTTP/1.1\r\nHost: h\r\nMax-Forwards: 3\r\n\r\n`);
  const target = await origin.accept();
  assert.match(await target.take(headEnd), /^OPTIONS \* HTTP\/1\.1\r\n[\s\S]*\r\nMax-Forwards: 2\r\n/);
  target.send(ok);
  await application.take(/ok$/);
  application.send(`TRACE http://${origin.host}/ HTTP/1.1\r\nHost: h\r\nMax-Forwards: 0\r\n\r\n`);
  assert.match((await application.rest()).text, /^HTTP\/1\.1 405 /);
  assert.equal(target.received, "");
});

test("no way, no tunnel, no welcome: each with its status, its Proxy-Status and a sentence", async () => {
  const failed = {
    error: new ProxyError("DNS_ERROR"),
    members: [{ identity: "octoproxy-client", nextHop: "tokyo" }],
  };
  for (const [options, status, body] of [
    [
      { forward: { route: (target: Target) => ({ key: "tokyo", target, open: async () => failed }) } },
      502,
      /through tokyo: the name/,
    ],
    [
      {
        forward: {
          route: () => {
            throw new ProxyError("BLOCKED");
          },
        },
      },
      403,
      /a host rule blocks the target/,
    ],
    [{ listen: { allowFrom: [] } }, 403, /may not use the proxy/],
    [{ listen: { admit: () => new ProxyError("OVERLOADED") } }, 503, /descriptors/],
  ] as const) {
    await using inbound = await openInbound(options);
    const application = await inbound.application();
    application.send("GET http://h.example/ HTTP/1.1\r\nHost: h\r\n\r\n");
    const { text } = await application.rest();
    assert.match(text, new RegExp(`^HTTP/1.1 ${status} .*\r\nProxy-Status: octoproxy-client`));
    assert.match(text, body);
  }
});
