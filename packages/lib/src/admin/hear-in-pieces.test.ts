import assert from "node:assert/strict";
import { on, once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import { hearInPieces } from "./hear-in-pieces.ts";

const patience = () => AbortSignal.timeout(10_000);

/** Hears what comes until `enough` says so of all of it. */
const hear = async (stream: Duplex, first: Buffer, enough: (all: Buffer) => boolean): Promise<Buffer> => {
  let all = first;
  for await (const [part] of on(stream, "data", { signal: patience() })) {
    all = Buffer.concat([all, part as Buffer]);
    if (enough(all)) break;
  }
  return all;
};

const start = async (serve: RequestListener) => {
  const server = createServer(serve).on("connection", hearInPieces);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const open = (): Socket => connect((server.address() as AddressInfo).port, "127.0.0.1");
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { server, open, [Symbol.dispose]: stop };
};

test("a connection that is ended is heard no further, whatever it said in one breath", async () => {
  let heard = 0;
  using place = await start(({ socket }) => {
    if (++heard === 2) socket.destroy();
  });
  const socket = place.open().on("error", () => undefined);
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(500));
  await once(socket.resume(), "close", { signal: patience() });
  assert.ok(heard < 60, `${heard} of 500`);
});

test("a long body comes whole, and what follows it", async () => {
  const body = Buffer.alloc(300_000, "0123456789");
  using place = await start(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    response.end(Buffer.concat(parts).equals(body) ? "whole" : "nothing");
  });
  const socket = place.open();
  const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`;
  socket.write(Buffer.concat([Buffer.from(head), body, Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]));
  const answers = await hear(socket, Buffer.alloc(0), (all) => all.includes("nothing"));
  assert.match(answers.toString(), /whole[\s\S]*nothing/);
  socket.destroy();
});

test("what comes behind an upgrade is the new protocol's, in order", async () => {
  using place = await start(() => assert.fail("no request"));
  const upgraded = once(place.server, "upgrade", { signal: patience() });
  const socket = place.open();
  const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, at) => at % 251));
  const head = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n";
  socket.write(Buffer.concat([Buffer.from(head), bytes]));
  const [, stream, first] = (await upgraded) as [unknown, Duplex, Buffer];
  assert.deepEqual(await hear(stream, first, (all) => all.length >= bytes.length), bytes);
  socket.destroy();
  stream.destroy();
});
