import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import http from "node:http";
import { test } from "node:test";
import fc from "fast-check";
import { openInbound, openOrigin } from "../test-bed.ts";

const headEnd = /\r\n\r\n/;
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const get = (host: string): string => `GET http://${host}/ HTTP/1.1\r\nHost: h\r\n\r\n`;

/** An origin that answers with the method and what it got. */
const openEcho = async () => {
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (chunk: Buffer) => parts.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString("latin1");
      response.end(Buffer.from(`<${request.method} ${request.url} ${body}>`, "latin1"));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    host: `127.0.0.1:${address.port}`,
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

test("any requests, with any bodies, cut anywhere, get their own answers in their order", async () => {
  await using inbound = await openInbound();
  using origin = await openEcho();
  const bodies = fc.string({ unit: "binary-ascii", maxLength: 30 });
  const request = fc.record({
    method: fc.constantFrom("POST", "PUT", "DELETE"),
    framing: fc.constantFrom("length", "chunked"),
    parts: fc.array(bodies, { maxLength: 3 }),
  });
  const property = fc.asyncProperty(
    fc.array(request, { minLength: 1, maxLength: 4 }),
    fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 10 }),
    async (requests, cuts) => {
      let text = "";
      let expected = "";
      for (const [index, { method, framing, parts }] of requests.entries()) {
        const body = parts.join("");
        const last = index === requests.length - 1 ? "Connection: close\r\n" : "";
        text += `${method} http://${origin.host}/${index} HTTP/1.1\r\nHost: h\r\n${last}`;
        if (framing === "length") text += `Content-Length: ${body.length}\r\n\r\n${body}`;
        else {
          const chunks = parts.filter((part) => part !== "");
          text += `Transfer-Encoding: chunked\r\n\r\n${chunks.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("")}0\r\n\r\n`;
        }
        expected += `<${method} /${index} ${body}>`;
      }
      const application = await inbound.application();
      for (const cut of cuts) {
        application.send(text.slice(0, cut));
        text = text.slice(cut);
        await new Promise(setImmediate);
      }
      application.send(text);
      const { text: answers, end } = await application.rest();
      assert.equal(bodiesOf(answers), expected);
      assert.equal(end, "fin");
      application.end();
    },
  );
  await fc.assert(property, { numRuns: 150 });
});

/** The bodies of counted answers. */
const bodiesOf = (answers: string): string => {
  let bodies = "";
  for (let at = 0; at < answers.length; ) {
    const end = answers.indexOf("\r\n\r\n", at) + 4;
    const length = Number(/Content-Length: (\d+)/.exec(answers.slice(at, end))?.[1]);
    bodies += answers.slice(end, end + length);
    at = end + length;
  }
  return bodies;
};

/** 24 MiB that are nowhere alike. */
const block = Buffer.from(Array.from({ length: 65_536 }, (_, at) => (at * 31 + (at >> 8)) & 255));
const blocks = 384;
const expectedHash = (() => {
  const hash = createHash("sha256");
  for (let count = 0; count < blocks; count++) hash.update(block);
  return hash.digest("hex");
})();

for (const framing of ["counted", "chunked"] as const) {
  test(`24 MiB, ${framing}, go up and come down exactly, past readers that pause`, async () => {
    const server = http.createServer((request, response) => {
      if (framing === "counted") response.setHeader("Content-Length", block.length * blocks);
      request.on("data", (chunk) => {
        if (response.write(chunk)) return;
        request.pause();
        response.once("drain", () => request.resume());
      });
      request.on("end", () => response.end());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    await using inbound = await openInbound();
    const request = http.request({
      host: "127.0.0.1",
      port: inbound.port,
      method: "POST",
      path: `http://127.0.0.1:${address.port}/`,
      headers: framing === "counted" ? { "Content-Length": block.length * blocks } : {},
      agent: false,
    });
    const hash = createHash("sha256");
    const received = new Promise<http.IncomingMessage>((resolve, reject) => {
      request.on("error", reject);
      request.on("response", (response) => {
        let pauses = 0;
        response.on("data", (chunk) => {
          hash.update(chunk);
          if (++pauses % 50 !== 0) return;
          response.pause();
          setImmediate(() => response.resume());
        });
        response.on("end", () => resolve(response));
      });
    });
    for (let count = 0; count < blocks; count++) {
      if (!request.write(block)) await new Promise((resolve) => request.once("drain", resolve));
    }
    request.end();
    const response = await received;
    assert.equal(response.complete, true);
    assert.equal(hash.digest("hex"), expectedHash);
    server.close();
    server.closeAllConnections();
  });
}

test("an application that does not read stops the origin", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  application.socket.pause();
  application.send(get(origin.host));
  const target = await origin.accept();
  await target.take(headEnd);
  target.send(`HTTP/1.1 200 OK\r\nContent-Length: ${200 * block.length * 8}\r\n\r\n`);
  let sent = 0;
  while (target.socket.writableLength < 4 * block.length && sent < 1600) {
    target.socket.write(block);
    sent++;
    await new Promise(setImmediate);
  }
  assert.ok(sent < 1600, "the origin was let write everything");
  application.socket.resume();
  for (; sent < 1600; sent++) target.socket.write(block);
  await application.take(1600 * block.length);
  // The tunnel that was paused serves the next request.
  application.send(get(origin.host));
  await target.take(headEnd);
  target.send(ok);
  await application.take(/ok$/);
});

test("an application that leaves resets the origin; while a tunnel is opened, it cancels that", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  application.send(get(origin.host));
  const target = await origin.accept();
  await target.take(headEnd);
  application.socket.resetAndDestroy();
  assert.equal((await target.rest()).end, "reset");
  assert.equal(inbound.records.at(-1)?.error?.code, "ABORTED");

  const opening = Promise.withResolvers<AbortSignal>();
  await using slow = await openInbound({
    forward: {
      route: (target) => ({
        key: "tokyo",
        target,
        open: (signal) => {
          opening.resolve(signal);
          return new Promise(() => {});
        },
      }),
    },
  });
  const other = await slow.application();
  other.send(get(origin.host));
  const signal = await opening.promise;
  const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  other.socket.resetAndDestroy();
  await aborted;
});

test("a body that the application cuts short is a reset at the origin", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const application = await inbound.application();
  application.send(`POST http://${origin.host}/ HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc`);
  const target = await origin.accept();
  await target.take(/abc/);
  application.end();
  assert.equal((await target.rest()).end, "reset");
  await application.rest();
});

test("an application that sends FIN behind its request still gets its answer, within a time", async () => {
  await using inbound = await openInbound({ forward: { halfClosedMs: 40 } });
  using origin = await openOrigin();
  const application = await inbound.application();
  application.send(get(origin.host)).end();
  const target = await origin.accept();
  await target.take(headEnd);
  target.send(ok);
  const { text, end } = await application.rest();
  assert.match(text, /ok$/);
  assert.equal(end, "fin");
  const other = await inbound.application();
  other.send(get(origin.host)).end();
  await target.take(headEnd);
  assert.equal((await target.rest()).end, "reset");
  assert.equal((await other.rest()).end, "reset");
});

test("idle connections end: the application's, the origin's; a head that dribbles is told 408", async () => {
  await using inbound = await openInbound({
    forward: { idleMs: 60, headTimeoutMs: 60, pool: { idleMs: 30 } },
  });
  using origin = await openOrigin();
  const application = await inbound.application();
  application.send(get(origin.host));
  const target = await origin.accept();
  await target.take(headEnd);
  target.send(ok);
  await application.take(/ok$/);
  assert.equal((await target.rest()).end, "fin");
  assert.deepEqual(await application.rest(), { text: "", end: "fin" });
  const dribbling = await inbound.application();
  dribbling.send(get(origin.host));
  const second = await origin.accept();
  await second.take(headEnd);
  second.send(ok);
  await dribbling.take(/ok$/);
  dribbling.send("GET http://h");
  assert.match((await dribbling.rest()).text, /^HTTP\/1\.1 408 /);
});

test("draining: running requests finish with Connection: close, what waits ends", async () => {
  await using inbound = await openInbound();
  using origin = await openOrigin();
  const idle = await inbound.application();
  idle.send(get(origin.host));
  const kept = await origin.accept();
  await kept.take(headEnd);
  kept.send(ok);
  await idle.take(/ok$/);
  const running = await inbound.application();
  const opened = await inbound.application();
  running.send(get(origin.host));
  await kept.take(headEnd);
  opened.send(get(origin.host));
  const second = await origin.accept();
  await second.take(headEnd);
  second.send(ok);
  await opened.take(/ok$/);
  inbound.proxy.drain();
  assert.deepEqual(await idle.rest(), { text: "", end: "fin" });
  assert.deepEqual(await opened.rest(), { text: "", end: "fin" });
  assert.equal((await second.rest()).end, "fin");
  kept.send(ok);
  assert.match((await running.rest()).text, /Connection: close\r\n\r\nok$/);
  assert.equal((await kept.rest()).end, "fin");
});
