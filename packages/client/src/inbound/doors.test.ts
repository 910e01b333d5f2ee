import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ByteStream } from "@octoproxy/lib/transport/tunnel-stream";
import type { ApplicationRequest } from "./application-request.ts";
import { dial, openInbound, openOrigin, type Peer } from "./test-bed.ts";

/** Dials, answers and splices, as the session does. */
const serve = async (request: ApplicationRequest): Promise<void> => {
  const outcome = await dial(request.target, request.cancelled);
  if ("error" in outcome) return request.fail(outcome.error, outcome.members);
  request.succeed();
  join(request.stream, outcome.stream);
  join(outcome.stream, request.stream);
};

const join = (from: ByteStream, to: ByteStream): void =>
  from.own({
    data: (chunk) => {
      to.write(chunk);
      return true;
    },
    drain: () => {},
    end: () => to.end(),
    reset: (error) => to.reset(error),
  });

const portBytes = (port: number): string => String.fromCharCode(port >> 8, port & 255);
const socks5 = (port: number): string =>
  `\u0005\u0001\0\u0005\u0001\0\u0001\u007f\0\0\u0001${portBytes(port)}`;
const socks4a = (port: number): string => `\u0004\u0001${portBytes(port)}\0\0\0\u0001me\0localhost\0`;

const doors: readonly {
  name: ApplicationRequest["door"];
  ask: (port: number) => string;
  granted: RegExp;
  refused: RegExp;
}[] = [
  {
    name: "connect",
    ask: (port) => `CONNECT 127.0.0.1:${port} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
    granted: /^HTTP\/1\.1 200 .*\r\n\r\n/,
    refused:
      /^HTTP\/1\.1 502 Bad Gateway\r\nProxy-Status: octoproxy-client; error=connection_refused; [\s\S]*\n$/,
  },
  {
    name: "socks5",
    ask: socks5,
    granted: /^\u0005\0\u0005\0\0\u0001\0{6}/,
    refused: /^\u0005\0\u0005\u0005\0\u0001\0{6}$/,
  },
  { name: "socks4", ask: socks4a, granted: /^\0\u005a\0{6}/, refused: /^\0\u005b\0{6}$/ },
];

for (const { name, ask, granted, refused } of doors) {
  for (const pace of ["whole", "one byte a packet"]) {
    test(`${name}, ${pace}: early bytes arrive once, both FINs are kept`, async () => {
      const requests: ApplicationRequest[] = [];
      await using inbound = await openInbound({
        request: (request) => {
          requests.push(request);
          void serve(request);
        },
      });
      using origin = await openOrigin();
      const application = await inbound.application();
      const bytes = `${ask(origin.port)}early`;
      if (pace === "whole") application.send(bytes);
      else await application.sendSlowly(bytes);
      const target = await origin.accept();
      assert.equal(await target.take(5), "early");
      await application.take(granted);
      application.send(" late").end();
      assert.deepEqual(await target.rest(), { text: " late", end: "fin" });
      target.send("answer").end();
      assert.deepEqual(await application.rest(), { text: "answer", end: "fin" });
      assert.equal(requests.length, 1);
      assert.equal(requests[0]!.door, name);
      assert.equal(requests[0]!.target.port, origin.port);
      assert.match(requests[0]!.source, /^127\.0\.0\.1:\d+$/);
    });
  }

  test(`${name}: nothing is answered before the tunnel stands, and a failure is told in its words`, async () => {
    const { promise, resolve } = Promise.withResolvers<ApplicationRequest>();
    await using inbound = await openInbound({ request: resolve });
    const application = await inbound.application();
    application.send(ask(1));
    const request = await promise;
    const before = name === "socks5" ? 2 : 0;
    await application.take(before);
    assert.equal(application.received, "");
    request.fail(new ProxyError("CONNECTION_REFUSED", { nextHop: "127.0.0.1:1" }));
    request.succeed();
    const { text, end } = await application.rest();
    assert.match((name === "socks5" ? "\u0005\0" : "") + text, refused);
    assert.equal(end, "fin");
    application.end();
    await application.closed();
  });

  test(`${name}: an application that goes away cancels its request`, async () => {
    const { promise, resolve } = Promise.withResolvers<ApplicationRequest>();
    await using inbound = await openInbound({ request: resolve });
    const application = await inbound.application();
    application.send(ask(1));
    const { cancelled } = await promise;
    const aborted = new Promise((resolve) => cancelled.addEventListener("abort", resolve, { once: true }));
    application.socket.resetAndDestroy();
    await aborted;
    assert.ok(cancelled.reason instanceof ProxyError && cancelled.reason.code === "ABORTED");
  });

  test(`${name}: who is not in allow_from, or comes when the house is full, is told so`, async () => {
    for (const [listen, code, socks] of [
      [{ allowFrom: ["192.0.2.0/24", "2001:db8::/32"] }, 403, 2],
      [{ admit: () => new ProxyError("OVERLOADED") }, 503, 1],
    ] as const) {
      await using inbound = await openInbound({ request: () => assert.fail("asked"), listen });
      const application = await inbound.application();
      application.send(ask(1));
      const { text } = await application.rest();
      if (name === "connect") assert.match(text, new RegExp(`^HTTP/1.1 ${code} `));
      else if (name === "socks5") assert.equal(text.charCodeAt(3), socks);
      else assert.equal(text.charCodeAt(1), 0x5b);
    }
  });
}

for (const authority of ["h", "h:0", "h:99999", "::1:443", "u:p@h:443", ":443", "/x", "http://h:80/"]) {
  test(`CONNECT ${authority} is 400 and asks for nothing`, async () => {
    await using inbound = await openInbound({ request: () => assert.fail("asked") });
    const application = await inbound.application();
    application.send(`CONNECT ${authority} HTTP/1.1\r\nHost: h\r\n\r\n`);
    assert.match((await application.rest()).text, /^HTTP\/1\.1 400 [\s\S]*error=http_request_error/);
  });
}

test("the page of a refusal is one sentence and arrives although the application sends on", async () => {
  await using inbound = await openInbound({
    request: (request) =>
      request.fail(new ProxyError("CONNECTION_REFUSED", { nextHop: "192.0.2.15:8443" }), [
        { identity: "octoproxy-server", error: "connection_refused", nextHop: "192.0.2.15:8443" },
        { identity: "octoproxy-client", nextHop: "tokyo", receivedStatus: 502 },
      ]),
  });
  const application = await inbound.application();
  application.send(`CONNECT db.example:8443 HTTP/1.1\r\n\r\n${"x".repeat(200_000)}`);
  const { text, end } = await application.rest();
  assert.equal(end, "fin");
  const [head, page] = text.split("\r\n\r\n");
  assert.equal(
    page,
    "octoproxy could not reach db.example:8443 through tokyo: 192.0.2.15:8443 refused the connection.\n",
  );
  assert.ok(
    head!.includes(
      '\r\nProxy-Status: octoproxy-server; error=connection_refused; next-hop="192.0.2.15:8443", octoproxy-client; next-hop=tokyo; received-status=502\r\n',
    ),
  );
  assert.ok(head!.includes("\r\nContent-Type: text/plain; charset=utf-8\r\n"));
});

const malformed: Readonly<Record<string, [string, RegExp]>> = {
  "SOCKS5 without a method that we serve": ["\u0005\u0001\u0002", /^\u0005\u00ff$/],
  "SOCKS5 UDP ASSOCIATE": [
    "\u0005\u0001\0\u0005\u0003\0\u0001\u007f\0\0\u0001\0\u0050",
    /^\u0005\0\u0005\u0007/,
  ],
  "SOCKS4 BIND": [`\u0004\u0002${"\0".repeat(7)}`, /^\0\u005b/],
  "an endless SOCKS4 user id": [`\u0004\u0001\0\u0050\u007f\0\0\u0001${"a".repeat(5000)}`, /^\0\u005b/],
  TLS: ["\u0016\u0003\u0001\0\u00a5\u0001\0\0", /^HTTP\/1\.1 400 /],
  noise: ["\u00ff\u00fe\n", /^HTTP\/1\.1 400 /],
  "HTTP/0.9": ["GET /\r\n", /^HTTP\/1\.1 400 /],
};
for (const [name, [bytes, answer]] of Object.entries(malformed)) {
  test(`malformed, whole and one byte a packet: ${name}`, async () => {
    const refused: string[] = [];
    await using inbound = await openInbound({
      request: () => assert.fail("asked"),
      listen: { lingerMs: 50, refused: (_source, error) => refused.push(error.code) },
    });
    const whole = await inbound.application();
    whole.send(bytes);
    assert.match((await whole.rest()).text, answer);
    const slow = await inbound.application();
    await slow.sendSlowly(bytes);
    assert.match((await slow.rest()).text, answer);
    assert.deepEqual(refused, ["BAD_REQUEST", "BAD_REQUEST"]);
    await inbound.emptied();
  });
}

test("silence ends with the head deadline; who began to speak HTTP is told 408", async () => {
  await using inbound = await openInbound({ listen: { headTimeoutMs: 50, lingerMs: 50 } });
  const silent = await inbound.application();
  const half = await inbound.application();
  half.send("CONNECT h:1 HT");
  const socks = await inbound.application();
  socks.send("\u0005\u0001");
  assert.match((await half.rest()).text, /^HTTP\/1\.1 408 /);
  assert.equal((await silent.rest()).text, "");
  assert.equal((await socks.rest()).text, "");
  await inbound.emptied();
});

test("a flood of silent connections does not keep an honest one out", async () => {
  await using inbound = await openInbound({
    request: (request) => void serve(request),
    listen: { maxWaiting: 8 },
  });
  using origin = await openOrigin();
  const silent: Peer[] = [];
  for (let count = 0; count < 40; count++) silent.push(await inbound.application());
  const honest = await inbound.application();
  honest.send(`CONNECT 127.0.0.1:${origin.port} HTTP/1.1\r\n\r\n`);
  await honest.take(/200 .*\r\n\r\n/);
  assert.equal((await silent[0]!.rest()).end, "reset");
});

test("close drops who has not asked, waits for tunnels, and destroys what is left when told to", async () => {
  await using inbound = await openInbound({ request: (request) => void serve(request) });
  using origin = await openOrigin();
  const silent = await inbound.application();
  const tunnel = await inbound.application();
  tunnel.send(`CONNECT 127.0.0.1:${origin.port} HTTP/1.1\r\n\r\n`);
  await tunnel.take(/200 .*\r\n\r\n/);
  const controller = new AbortController();
  let closed = false;
  const closing = inbound.listener.close(controller.signal).then(() => {
    closed = true;
  });
  assert.equal((await silent.rest()).end, "reset");
  tunnel.send("still");
  assert.equal(await (await origin.accept()).take(5), "still");
  assert.equal(closed, false);
  controller.abort();
  await closing;
  assert.equal((await tunnel.rest()).end, "reset");
});

test("a port that is taken is an error of the start", async () => {
  await using inbound = await openInbound();
  await assert.rejects(
    openInbound({ listen: { address: { host: "127.0.0.1", port: inbound.port } } }),
    (error) => (error as NodeJS.ErrnoException).code === "EADDRINUSE",
  );
});
