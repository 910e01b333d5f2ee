import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { startAnsweringOrigin, withoutPseudonym } from "./harness/answering-origin.ts";
import { Pair } from "./harness/pair.ts";
import type { RawPeer } from "./harness/raw-peer.ts";
import { RawPeer as Application } from "./harness/raw-peer.ts";

const via = "Via: 1.1 OCTOPROXY\r\n";

/** RFC 6455 section 1.3. */
const acceptOf = (key: string): string =>
  createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
const key = "dGhlIHNhbXBsZSBub25jZQ==";
const everyByte = Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)).toString("latin1");

const serve = async (peer: RawPeer): Promise<void> => {
  for (;;) {
    const head = await peer.take(/\r\n\r\n/);
    const [method, path] = head.split(" ");
    if (path === "/websocket") {
      const asked = /^Sec-WebSocket-Key: (.+)\r$/im.exec(head)?.[1] ?? "";
      const isAsked = /^Connection: Upgrade\r$/im.test(head) && /^Upgrade: websocket\r$/im.test(head);
      if (!isAsked) throw new Error(`no handshake: ${head}`);
      peer.send(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(asked)}\r\n\r\n`,
      );
      peer.socket.on("data", (chunk) => peer.socket.write(chunk)); // frames, to us just bytes
      peer.socket.on("end", () => peer.socket.end());
      return;
    }
    if (path === "/expect") {
      peer.send("HTTP/1.1 100 Continue\r\n\r\n");
      await peer.take(/body$/);
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nread");
    } else if (path === "/refused")
      peer.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno");
    else if (path === "/early-hints")
      peer.send(
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
      );
    else if (path === "/204") peer.send("HTTP/1.1 204 No Content\r\nX: y\r\n\r\n");
    else if (path === "/304")
      peer.send('HTTP/1.1 304 Not Modified\r\nETag: "e"\r\nContent-Length: 77\r\n\r\n');
    else if (path === "/trailers")
      peer.send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n",
      );
    else if (method === "HEAD") peer.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");
    else peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${path?.length}\r\n\r\n${path}`);
  }
};

const ask = (host: string, method: string, path: string, more = ""): string =>
  `${method} http://${host}${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;

// R20
test("HEAD, 204, 304, interim answers, Expect, trailers and pipelining, on one connection", async () => {
  await using pair = await Pair.start();
  await using origin = await startAnsweringOrigin(serve);
  using application = await Application.connect(pair.proxy);
  const host = origin.address;
  const exchange = async (request: string, answer: string): Promise<void> => {
    application.send(request);
    while (withoutPseudonym(application.received).length < answer.length && application.ended === undefined)
      await application.more();
    assert.equal(withoutPseudonym(application.received), answer);
    await application.take(/$/);
  };
  await exchange(ask(host, "HEAD", "/"), `HTTP/1.1 200 OK\r\n${via}Content-Length: 99\r\n\r\n`);
  await exchange(ask(host, "GET", "/204"), `HTTP/1.1 204 No Content\r\nX: y\r\n${via}\r\n`);
  await exchange(
    ask(host, "GET", "/304"),
    `HTTP/1.1 304 Not Modified\r\nETag: "e"\r\n${via}Content-Length: 77\r\n\r\n`,
  );
  await exchange(
    ask(host, "GET", "/early-hints"),
    `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n${via}\r\nHTTP/1.1 200 OK\r\n${via}Content-Length: 1\r\n\r\nx`,
  );
  await exchange(
    ask(host, "POST", "/expect", "Expect: 100-continue\r\nContent-Length: 4\r\n"),
    `HTTP/1.1 100 Continue\r\n${via}\r\n`,
  );
  await exchange("body", `HTTP/1.1 200 OK\r\n${via}Content-Length: 4\r\n\r\nread`);
  await exchange(
    ask(host, "GET", "/trailers"),
    `HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\n${via}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n`,
  );
  const paths = Array.from({ length: 50 }, (_, index) => `/pipelined/${index}`);
  await exchange(
    paths.map((path) => ask(host, "GET", path)).join(""),
    paths.map((path) => `HTTP/1.1 200 OK\r\n${via}Content-Length: ${path.length}\r\n\r\n${path}`).join(""),
  );
  assert.equal(origin.connections.length, 1, "one kept tunnel served them all");
  application.send(ask(host, "POST", "/refused", "Expect: 100-continue\r\nContent-Length: 4\r\n"));
  assert.match(await application.take(/\r\n\r\nno/), /^HTTP\/1\.1 417 /);
});

test("pipelined requests to several origins are answered in their order", async () => {
  await using pair = await Pair.start();
  await using one = await startAnsweringOrigin(serve);
  await using other = await startAnsweringOrigin(serve);
  using application = await Application.connect(pair.proxy);
  const paths = Array.from({ length: 20 }, (_, index) => `/${index}.`);
  application.send(paths.map((path, at) => ask((at % 3 === 0 ? one : other).address, "GET", path)).join(""));
  for (const path of paths)
    assert.equal((await application.take(/\r\n\r\n\/\d+\./)).split("\r\n\r\n")[1], path);
});

for (const door of ["absolute form", "CONNECT"] as const) {
  test(`a WebSocket through ${door}: handshake, both directions, both ends`, async () => {
    await using pair = await Pair.start();
    await using origin = await startAnsweringOrigin(serve);
    using application = await Application.connect(pair.proxy);
    const host = origin.address;
    const handshake = `Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`;
    if (door === "CONNECT") {
      application.send(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      assert.match(await application.take(/\r\n\r\n/), /^HTTP\/1\.1 200 /);
      application.send(
        ask("", "GET", "/websocket", handshake.replace("keep-alive, ", "")).replace("http://", ""),
      );
    } else application.send(ask(host, "GET", "/websocket", handshake));
    const answer = await application.take(/\r\n\r\n/);
    assert.match(answer, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
    assert.match(answer, /^Connection: Upgrade\r$/im);
    assert.match(answer, /^Upgrade: websocket\r$/im);
    assert.match(
      answer,
      new RegExp(`^Sec-WebSocket-Accept: ${acceptOf(key).replaceAll("+", "\\+")}\r$`, "m"),
    );
    for (let round = 0; round < 20; round++) {
      application.send(everyByte);
      assert.equal(await application.take(/\xff/), everyByte);
    }
    assert.deepEqual(await application.end().rest(), { text: "", end: "fin" });
  });
}
