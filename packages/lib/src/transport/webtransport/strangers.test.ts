// Who has shown no certificate can neither grow the server, nor end it, nor keep others out.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect as connectHttp2, createSecureServer, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { within } from "../conformance/expect.ts";
import { Recorder } from "../conformance/recorder.ts";
import { testCertificates } from "../h2/testing/certificates.ts";
import { dialWebTransport } from "./connect.ts";
import { pingOnlyTheLiving } from "./outer-layer.ts";
import { testConnect } from "./testing/loopback.ts";
import { dataCapsule, datagramCapsule, Stranger } from "./testing/stranger.ts";

const mebibyte = 1 << 20;
const mostGrowth = 64 * mebibyte;
/** What each of the floods sends, over as many connections as it takes; 100 in a full run. */
const floodBytes = Number(process.env.OCTOPROXY_FLOOD_MIB ?? 10) * mebibyte;
/** Resident memory also says how busy the machine kept the collector: the best of so many tries counts. */
const tries = 3;

class Subject implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly address: string;

  private constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.address = address;
  }

  static async start(handshakeTimeoutMs = 10_000): Promise<Subject> {
    const file = fileURLToPath(new URL("./testing/subject.js", import.meta.url));
    const child = fork(file, [String(handshakeTimeoutMs)], {
      execArgv: ["--expose-gc"],
      env: { ...process.env, SUBJECT_TLS: JSON.stringify(testCertificates()) },
    });
    const [{ address }] = (await once(child, "message")) as [{ address: string }];
    return new Subject(child, address);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async memory(ask: "start" | "look"): Promise<{ rss: number; peak: number }> {
    this.#child.send(ask);
    return ((await once(this.#child, "message")) as [{ rss: number; peak: number }])[0];
  }

  /** An honest client comes, and a megabyte goes there and back. */
  async serves(): Promise<void> {
    const client = await testConnect(this.address, within(10_000));
    const echo = new Recorder(await client.open("echo.test:7", within(10_000)));
    await echo.send(Buffer.from("hello"));
    await echo.until(() => echo.text === "hello");
    client.destroy();
    await client.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    if (this.running) await once(this.#child, "exit");
  }
}

const block = Buffer.alloc(65_536, 0x16);
const floods: readonly { readonly name: string; pieces(round: number): Buffer }[] = [
  { name: "datagrams", pieces: () => datagramCapsule(16_384) },
  { name: "streams both ways", pieces: (round) => dataCapsule(1 + 4 * (round % 1000), block) },
  { name: "streams one way", pieces: (round) => dataCapsule(3 + 4 * (round % 1000), block) },
  { name: "what is no TLS on the first stream", pieces: () => dataCapsule(1, block) },
  { name: "the start of a datagram that never ends", pieces: (round) => endless(round) },
];

/** A capsule of 16 MiB that is begun, and then its bytes. */
const endless = (round: number): Buffer => {
  if (round > 0) return block;
  const begun = datagramCapsule(0);
  begun.writeUInt32BE(16 * mebibyte + 0x80000000, 4);
  return begun;
};

for (const { name, pieces } of floods) {
  test(`${floodBytes / mebibyte} MiB of ${name} grow the server by less than 64 MiB, and a client is served meanwhile`, async (t) => {
    await using subject = await Subject.start();
    await subject.serves();
    let grown = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < tries && grown > mostGrowth; attempt++) {
      const { rss } = await subject.memory("start");
      let served: Promise<void> | undefined;
      let sent = 0;
      let connections = 0;
      while (sent < floodBytes) {
        const stranger = await Stranger.arrive(subject.address);
        connections += 1;
        for (let round = 0; sent < floodBytes && !stranger.gone; round++) {
          const piece = pieces(round);
          sent += piece.length;
          await stranger.send(piece);
        }
        served ??= subject.serves();
        stranger.leave();
      }
      await served;
      grown = (await subject.memory("look")).peak - rss;
      t.diagnostic(
        `${connections} connections, resident memory +${(grown / mebibyte).toFixed(1)} MiB at most`,
      );
    }
    assert.ok(subject.running);
    assert.ok(grown < mostGrowth, `it grew by ${grown} bytes`);
    await subject.serves();
  });
}

test("who has shown a good certificate and begins capsules without end is cut as well", async (t) => {
  await using subject = await Subject.start();
  await subject.serves();
  const { rss } = await subject.memory("start");
  for (let round = 0; round < 3; round++) {
    const guest = await Stranger.arrive(subject.address);
    const { ca, cert, key } = testCertificates();
    const options = { socket: guest.pipe(), servername: "localhost", ALPNProtocols: ["h2"], ca, cert, key };
    const socket = connectTls(options).on("error", () => {});
    await once(socket, "secureConnect");
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    socket.write(Buffer.from("000000040000000000", "hex"));
    await once(socket, "data"); // SETTINGS: it is known
    const begun = datagramCapsule(0);
    begun.writeUInt32BE(16 * mebibyte - 1 + 0x80000000, 4);
    begun.writeUInt32BE(0x3fff + 0x80000000, 0); // of a type that nobody knows
    await guest.send(begun);
    while (!guest.gone) await guest.send(block);
  }
  const grown = (await subject.memory("look")).peak - rss;
  t.diagnostic(`resident memory +${(grown / mebibyte).toFixed(1)} MiB at most`);
  assert.ok(grown < mostGrowth, `it grew by ${grown} bytes`);
  await subject.serves();
});

test("a stranger who names a stream of the server's ends his connection, and nobody else's", async () => {
  await using subject = await Subject.start();
  for (const stream of [0, 2, 4, 1_000_001]) {
    const stranger = await Stranger.arrive(subject.address);
    await stranger.send(dataCapsule(stream, Buffer.from("x")));
    await stranger.send(datagramCapsule(1));
    await stranger.closed;
  }
  await subject.serves();
});

test("a second session on one connection ends it; another path is not there", async () => {
  await using subject = await Subject.start();
  const greedy = await Stranger.arrive(subject.address);
  await greedy.ask("/octoproxy");
  await greedy.closed;
  const lost = await Stranger.arrive(subject.address, { path: "/elsewhere" });
  await lost.closed;
  await subject.serves();
});

test("who says nothing is cut at the deadline: TCP alone, TLS alone, a session alone", async () => {
  await using subject = await Subject.start(500);
  const [host, port] = subject.address.split(":");
  const silent = connect({ host: host as string, port: Number(port) }).resume();
  const session = await Stranger.arrive(subject.address);
  await Promise.all([once(silent, "close"), session.closed]);
  await subject.serves();
});

test("the ping of a connection that is destroyed and not yet closed harms nobody", async () => {
  const session = connectHttp2("https://127.0.0.1:9").on("error", () => {});
  session.destroy();
  assert.equal(session.closed, false);
  assert.throws(() => session.ping(() => {}), { code: "ERR_HTTP2_INVALID_SESSION" });
  pingOnlyTheLiving(session);
  assert.equal(
    session.ping(() => {}),
    false,
  );
});

/** A server that answers `first` to the request for a session and then goes on with `piece` without end. */
const hostileServer = async (first: Buffer, piece: Buffer) => {
  const { cert, key } = testCertificates();
  const server = createSecureServer({ cert, key, settings: { enableConnectProtocol: true } });
  const told = { bytes: 0 };
  server.on("stream", (opened) => {
    const stream = opened as ServerHttp2Stream;
    stream.on("error", () => {});
    stream.respond({ ":status": 200 });
    stream.write(first);
    const more = (): void => {
      for (let wants = true; wants && !stream.destroyed; told.bytes += piece.length)
        wants = stream.write(piece);
    };
    stream.on("drain", more);
    stream.once("data", more); // the client has opened its stream
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { target: { host: "127.0.0.1", port }, told, [Symbol.dispose]: () => void server.close() };
};

test("a server that begins a capsule without end loses the client, before and whatever it could prove", async () => {
  const begun = datagramCapsule(0);
  begun.writeUInt32BE(16 * mebibyte - 1 + 0x80000000, 4);
  using server = await hostileServer(begun, block);
  const pipe = await dialWebTransport(server.target, within(10_000));
  pipe.on("error", () => {}).resume();
  pipe.write("x");
  await once(pipe, "close", { signal: within(10_000) });
  assert.ok(server.told.bytes < 8 * mebibyte, `${server.told.bytes} bytes`);
});

test("a server that sends more than the windows inside the pipe, which nobody reads, loses the client", async () => {
  using server = await hostileServer(Buffer.alloc(0), dataCapsule(1, block));
  const pipe = await dialWebTransport(server.target, within(10_000), mebibyte);
  pipe.on("error", () => {});
  pipe.write("x");
  await once(pipe, "close", { signal: within(10_000) });
  // What it may keep, and what is under way in windows and the kernel.
  assert.ok(server.told.bytes < 24 * mebibyte, `${server.told.bytes} bytes`);
});
