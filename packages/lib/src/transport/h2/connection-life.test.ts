import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { turnsUntil, within } from "../conformance/expect.ts";
import { Recorder } from "../conformance/recorder.ts";
import type { Connection, IncomingTunnel } from "../transport.ts";
import type { Http2Listener } from "./listen.ts";
import { testCertificates } from "./testing/certificates.ts";
import { testConnect, testListener } from "./testing/loopback.ts";
import { clientPreface } from "./wire-constants.ts";

interface Served {
  readonly listener: Http2Listener;
  readonly connections: Connection[];
  readonly tunnels: IncomingTunnel[];
}

const served = async (): Promise<Served> => {
  const connections: Connection[] = [];
  const tunnels: IncomingTunnel[] = [];
  const listener = await testListener({
    connection: (connection) => connections.push(connection),
    tunnel: (tunnel) => tunnels.push(tunnel),
    refused: () => {},
  });
  return { listener, connections, tunnels };
};

/** A client that speaks bytes of the test's own, and has said preface and SETTINGS. */
const rawClient = async ({
  listener,
  connections,
}: Served): Promise<{ socket: TLSSocket; server: Connection }> => {
  const [host, port] = listener.address.split(":");
  const before = connections.length;
  const socket = connect({
    host,
    port: Number(port),
    servername: "localhost",
    ALPNProtocols: ["h2"],
    ...testCertificates(),
  });
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  socket.write(
    Buffer.concat([clientPreface, Buffer.from("000000040000000000" + "000000040100000000", "hex")]),
  );
  await turnsUntil(() => connections.length > before);
  return { socket, server: connections.at(-1)! };
};

/** HEADERS with CONNECT a.test:1 on the stream. */
const connectFrame = (stream: number): Buffer => {
  const block = Buffer.from("\x42\x07CONNECT\x41\x08a.test:1", "latin1");
  const head = Buffer.from("000000010400000000", "hex");
  head.writeUIntBE(block.length, 0, 3);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, block]);
};

const framesOf = (bytes: Buffer): { type: number; payload: Buffer }[] => {
  const frames: { type: number; payload: Buffer }[] = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    frames.push({ type: bytes[at + 3]!, payload: bytes.subarray(at + 9, at + 9 + length) });
    at += 9 + length;
  }
  return frames;
};

test("a PING flooder that never reads is gone, and its sibling does not notice", async () => {
  const bed = await served();
  const sibling = await testConnect(bed.listener.address, within(20_000));
  const { socket, server } = await rawClient(bed);
  socket.pause();
  const ping = Buffer.from("0000080600000000000011223344556677", "hex");
  const flood = Buffer.concat(Array.from({ length: 3_000 }, () => ping));
  const start = performance.now();
  socket.write(flood);
  const error = await server.closed;
  assert.equal(error?.code, "PROTOCOL_ERROR");
  // A socket that does not read notices by writing.
  let gone = false;
  socket.on("close", () => {
    gone = true;
  });
  await turnsUntil(() => gone || !socket.write(ping) || performance.now() - start > 10_000);
  await turnsUntil(() => gone || performance.now() - start > 10_000);
  assert.ok(gone, "the socket is still there");
  assert.ok((await sibling.ping(within(5_000))) >= 0);
  sibling.destroy();
  bed.listener.destroy();
});

test("a drain says GOAWAY twice, serves what comes between and refuses what comes after", async () => {
  const bed = await served();
  const { socket, server } = await rawClient(bed);
  let received = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });
  const goaways = (): number[] =>
    framesOf(received)
      .filter(({ type }) => type === 7)
      .map(({ payload }) => payload.readUInt32BE(0));
  socket.write(connectFrame(1));
  await turnsUntil(() => bed.tunnels.length === 1);
  const far = new Recorder(bed.tunnels[0]!.accept());
  const closing = server.close();
  await turnsUntil(() => goaways().length === 1);
  socket.write(connectFrame(3));
  await turnsUntil(() => bed.tunnels.length === 2);
  bed.tunnels[1]!.accept().reset();
  const ping = framesOf(received).find(({ type }) => type === 6)!;
  socket.write(Buffer.concat([Buffer.from("000008060100000000", "hex"), ping.payload]));
  await turnsUntil(() => goaways().length === 2);
  assert.deepEqual(goaways(), [0x7fff_ffff, 3]);
  socket.write(connectFrame(5));
  await turnsUntil(() => framesOf(received).some(({ type, payload }) => type === 3 && payload[3] === 7));
  assert.equal(bed.tunnels.length, 2);
  // The first tunnel still works, and its end is the connection's.
  far.stream.write(Buffer.from("late"));
  far.stream.end();
  socket.write(Buffer.from("000000000100000001", "hex"));
  await closing;
  assert.equal(await server.closed, undefined);
  await turnsUntil(() => received.includes("late"));
  socket.destroy();
  bed.listener.destroy();
});

test("a peer that does not read its socket is let go after the slow-read deadline", async () => {
  const bed = await served();
  const { socket } = await rawClient(bed);
  socket.write(connectFrame(1));
  socket.write(Buffer.from("000004080000000000" + "3fffffff" + "000004080000000001" + "3fffffff", "hex"));
  await turnsUntil(() => bed.tunnels.length === 1);
  socket.pause();
  const server = bed.connections[0]! as Connection & { tick(now: number): void };
  const far = bed.tunnels[0]!.accept();
  // More than the kernel keeps for a socket.
  const chunk = Buffer.alloc(1 << 20);
  let left = 32;
  const writeMore = (): void => {
    while (left-- > 0 && far.write(chunk));
  };
  far.own({ data: () => true, drain: writeMore, end: () => {}, reset: () => {} });
  writeMore();
  await server.ping(AbortSignal.timeout(1000)).catch(() => {});
  const now = performance.now();
  for (let passedMs = 0; passedMs <= 25_000; passedMs += 500) server.tick(now + passedMs);
  assert.match((await server.closed)?.message ?? "", /does not read/);
  socket.destroy();
  bed.listener.destroy();
});

test("tunnels that were open are told when the peer breaks the protocol", async () => {
  const bed = await served();
  const { socket, server } = await rawClient(bed);
  let received = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });
  socket.write(connectFrame(1));
  await turnsUntil(() => bed.tunnels.length === 1);
  const far = new Recorder(bed.tunnels[0]!.accept());
  socket.write(Buffer.from("000001060000000000ff", "hex"));
  await far.until(() => far.failure !== undefined);
  assert.equal(far.failure?.code, "PROTOCOL_ERROR");
  await once(socket, "close");
  const goaway = framesOf(received).find(({ type }) => type === 7)!;
  assert.equal(goaway.payload.readUInt32BE(4), 6);
  assert.equal((await server.closed)?.code, "PROTOCOL_ERROR");
  bed.listener.destroy();
});
