import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { connect, createServer, type TLSSocket } from "node:tls";
import { turnsUntil } from "../conformance/expect.ts";
import { readRecords } from "./read-records.ts";
import { testCertificates } from "./testing/certificates.ts";

const length = 3_000_000;
const payload = Buffer.from(Array.from({ length }, (_, at) => (at * 31) % 251));

/** Both ends of a TLS connection over loopback. */
const pair = async () => {
  const server = createServer({ ...testCertificates(), rejectUnauthorized: false }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const accepting = once(server, "secureConnection");
  const dialed = connect({ host: "127.0.0.1", port, servername: "localhost", ...testCertificates() });
  await once(dialed, "secureConnect");
  const [accepted] = (await accepting) as [TLSSocket];
  return {
    dialed,
    accepted,
    [Symbol.dispose]: () => {
      dialed.destroy();
      accepted.destroy();
      server.close();
    },
  };
};

for (const side of ["accepted", "dialed"] as const) {
  test(`a TLS socket, ${side}: what came before and after, in order, through one buffer, then the end`, async () => {
    using ends = await pair();
    const reading = ends[side];
    const writing = side === "accepted" ? ends.dialed : ends.accepted;
    const early = 20_000;
    writing.write(payload.subarray(0, early));
    await turnsUntil(() => reading.readableLength === early);
    const received: Buffer[] = [];
    let bytesReceived = 0;
    const memory = new Set<ArrayBufferLike>();
    const ended = once(reading, "end");
    readRecords(reading, (bytes) => {
      received.push(Buffer.from(bytes));
      bytesReceived += bytes.length;
      if (bytesReceived > early) memory.add(bytes.buffer);
    });
    assert.equal(received.length, 0, "nothing comes before the call has returned");
    writing.end(payload.subarray(early));
    await ended;
    assert.ok(Buffer.concat(received).equals(payload));
    assert.equal(memory.size, 1, "this Node keeps the onread option of a socket elsewhere");
  });
}

test("a paused TLS socket hands over no more than what it had read, and goes on where it stopped", async () => {
  using ends = await pair();
  const received: Buffer[] = [];
  const ended = once(ends.accepted, "end");
  let pauses = 0;
  readRecords(ends.accepted, (bytes) => {
    received.push(Buffer.from(bytes));
    if (received.length % 40 !== 0) return;
    pauses++;
    ends.accepted.pause();
    setImmediate(() => ends.accepted.resume());
  });
  ends.dialed.end(payload);
  await ended;
  assert.ok(pauses > 2);
  assert.ok(Buffer.concat(received).equals(payload));
});

test("a stream that is no TLS socket is read by its events", async () => {
  const stream = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  const received: Buffer[] = [];
  readRecords(stream, (bytes) => received.push(Buffer.from(bytes)));
  stream.push(payload);
  stream.push(null);
  await once(stream, "end");
  assert.ok(Buffer.concat(received).equals(payload));
});
