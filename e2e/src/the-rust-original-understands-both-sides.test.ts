// R36, with the bytes that the original's programs wrote (packages/lib/src/transport/*/fixtures/original-dialect).
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo, Socket } from "node:net";
import { test } from "node:test";
import { connect, createServer } from "node:tls";
import {
  flags,
  frame,
  type RawFrame,
  RawFrameReader,
  rstStream,
  types,
} from "@octoproxy/lib/transport/h2/testing/raw-frames";
import { Tape } from "@octoproxy/lib/transport/quic/testing/tape";
import { QuicEndpoint } from "@octoproxy/quic/endpoint";
import { QuicClient, QuicServer } from "@octoproxy/quic/options";
import type { DaemonProcess } from "./harness/daemon-process.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { backendTable, Folder, makeCertificates, startClient, startServer } from "./harness/pair.ts";
import { connectThrough, hostAndPort, readAll } from "./harness/raw-tunnel.ts";
import { recorded, type Variant, variants } from "./harness/recorded-original.ts";

const word = "hello-tunnel";

const identity = async (folder: Folder, name: "client" | "server") => ({
  ca: await readFile(folder.file("certs/ca.crt"), "utf8"),
  cert: await readFile(folder.file(`certs/${name}/${name}.crt`), "utf8"),
  key: await readFile(folder.file(`certs/${name}/${name}.key`), "utf8"),
});

/** An echo on a port of five digits, which fits into the recordings. */
const startEcho = async (): Promise<EchoTarget> => {
  for (;;) {
    const target = await EchoTarget.start();
    if (target.port >= 10_000) return target;
    await target[Symbol.asyncDispose]();
  }
};

/** The server's log of the recorded tunnels: one that was good, one whose target refused. */
const bothAreLogged = async (server: DaemonProcess, target: string): Promise<void> => {
  await server.line(
    (l) => l.msg === "tunnel" && l.target === target && l.end === "closed",
    "the echo's tunnel",
  );
  await server.line(
    (l) => l.msg === "tunnel" && l.target === "127.0.0.1:1" && l.end === "CONNECTION_REFUSED",
    "the refused tunnel",
  );
  assert.deepEqual(
    server.lines.filter(({ level }) => level === "error"),
    [],
  );
};

/** The recorded tunnels as an application asks for them. @returns the one whose target refuses: 200 was said before. */
const askForBoth = async (proxy: string): Promise<Socket> => {
  const open = await connectThrough(proxy, "127.0.0.1:23051");
  assert.equal(open.status, 200, open.head);
  open.socket.end(word);
  assert.equal((await readAll(open.socket)).toString(), word);
  const failed = await connectThrough(proxy, "127.0.0.1:1");
  assert.equal(failed.status, 200, failed.head);
  return failed.socket;
};

for (const variant of variants) {
  test(`a server of ours and the recorded client of ${variant} over TCP: 200 before the dial, bytes and both FINs, CANCEL for a failed dial`, async () => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    const { process: server, address } = await startServer(folder);
    await using _ = server;
    await using target = await startEcho();
    const socket = connect({
      ...hostAndPort(address),
      servername: "localhost",
      ...(await identity(folder, "client")),
    });
    await once(socket, "secureConnect");
    assert.equal(socket.alpnProtocol, false);
    const frames: RawFrame[] = [];
    const reader = new RawFrameReader();
    const done = new Promise<void>((resolve, reject) => {
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the connection ended")));
      socket.on("data", (chunk: Buffer) => {
        for (const one of reader.push(chunk)) frames.push({ ...one, payload: Buffer.from(one.payload) });
        const ended = (one: RawFrame): boolean =>
          one.stream === 1 && one.type === types.data && (one.flags & flags.endStream) !== 0;
        if (frames.some(ended) && frames.some(({ type, stream }) => type === types.rstStream && stream === 3))
          resolve();
      });
    });
    socket.write(recorded(`h2:tcp-${variant}/client-to-server`, target.address));
    await done;
    const of = (stream: number) => frames.filter((one) => one.stream === stream);
    for (const stream of [1, 3]) {
      const first = of(stream)[0]!;
      // 0x88 is `:status: 200` in every table of HPACK.
      assert.deepEqual(
        [first.type, first.payload[0]],
        [types.headers, 0x88],
        `stream ${stream} begins with 200`,
      );
    }
    const data = of(1)
      .filter(({ type }) => type === types.data)
      .map(({ payload }) => payload);
    assert.equal(Buffer.concat(data).toString(), word);
    assert.deepEqual(
      of(3)
        .slice(1)
        .map((one) => [one.type, one.payload.readUInt32BE(0)]),
      [[types.rstStream, 8]],
    );
    assert.equal(
      frames.some(({ type }) => type === types.goaway),
      false,
    );
    await bothAreLogged(server, target.address);
    socket.removeAllListeners("close").destroy();
  });

  test(`a server of ours and the recorded client of ${variant} over QUIC: OK, bytes and both FINs, FIN and STOP_SENDING for a failed dial`, async () => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    const { process: server, address } = await startServer(folder);
    await using _ = server;
    await using target = await startEcho();
    const endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
    const options = { ...(await identity(folder, "client")), alpn: ["h3"] };
    const client = await endpoint.connect(new QuicClient(options), address, "localhost");
    const good = recorded(`quic:quic-${variant}/stream0-c2s`, target.address);
    const tape = new Tape(await client.open());
    tape.handle.write(good.subarray(0, good.length - word.length));
    await tape.until(() => tape.text.length === 2);
    tape.handle.write(good.subarray(good.length - word.length));
    tape.handle.finish();
    await tape.until(() => tape.events.includes("FIN"));
    assert.equal(tape.text, recorded(`quic:quic-${variant}/stream0-s2c`).toString("latin1"));

    const refused = recorded(`quic:quic-${variant}/stream4-c2s`);
    const other = new Tape(await client.open());
    other.handle.write(refused.subarray(0, refused.length - word.length));
    await other.until(() => other.events.length >= 2);
    assert.equal(other.text, recorded(`quic:quic-${variant}/stream4-s2c`).toString("latin1"));
    assert.deepEqual(other.events.sort(), ["FIN", "stopped 0"]);

    // A health check: a stream that ends without a head.
    const check = new Tape(await client.open());
    check.handle.write(Buffer.from([0]));
    await check.until(() => check.text.length === 2);
    check.handle.finish();
    await bothAreLogged(server, target.address);
    assert.equal(server.lines.filter(({ msg }) => msg === "tunnel").length, 2);
    await endpoint.close();
  });

  test(`a client of ours and the recorded server of ${variant} over TCP: heads as recorded, bytes and FIN, a reset for a failed dial`, async () => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    const said = new RawFrameReader().push(recorded(`h2:tcp-${variant}/server-to-client`));
    const bytesOf = (...frames: readonly RawFrame[]): Buffer =>
      Buffer.concat(frames.map((one) => frame(one.type, one.flags, one.stream, one.payload)));
    const heads = (variant: Variant): Map<number, string> => {
      const theirs = recorded(`h2:tcp-${variant}/client-to-server`).subarray(24);
      const data = new RawFrameReader().push(theirs).filter(({ type }) => type === types.data);
      return new Map(
        [1, 3].map((id) => [id, data.find(({ stream }) => stream === id)!.payload.toString("latin1")]),
      );
    };
    const wanted = heads(variant);
    const got = new Map<number, string>();
    const server = createServer({ ...(await identity(folder, "server")), requestCert: true }, (socket) => {
      const reader = new RawFrameReader();
      let skip = 24;
      const answer = (...of: [stream: number, ...types: number[]]): void => {
        const [stream, ...kinds] = of;
        socket.write(bytesOf(...said.filter((one) => one.stream === stream && kinds.includes(one.type))));
      };
      socket.write(bytesOf(...said.filter(({ stream }) => stream === 0)));
      socket.on("error", () => undefined);
      socket.on("data", (chunk: Buffer) => {
        const bytes = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - bytes.length;
        for (const { type, stream, payload, flags: flag } of reader.push(bytes)) {
          if (type === types.ping && (flag & flags.ack) === 0)
            socket.write(frame(types.ping, flags.ack, 0, payload));
          if (type === types.headers) answer(stream, types.headers);
          if (type !== types.data || payload.length === 0) continue;
          if (!got.has(stream)) got.set(stream, payload.toString("latin1"));
          if (stream === 3) socket.write(rstStream(3, 8));
          else if (payload.toString() === word) answer(stream, types.data);
        }
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const table = backendTable("original", address, `dialect = "${variant}"`);
    const { process: client, proxy } = await startClient(folder, table);
    await using _ = client;
    await client.line(({ msg, status }) => msg === "backend" && status === "normal", "backend up");
    const failed = await askForBoth(proxy);
    const [error] = (await once(failed.resume(), "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ECONNRESET");
    assert.deepEqual(got, wanted);
    await client[Symbol.asyncDispose]();
    server.close();
  });

  test(`a client of ours and a server that does as ${variant} did over QUIC: heads as recorded, bytes and FIN, a reset for a failed dial`, async () => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    const headOf = (stream: 0 | 4): string => {
      const bytes = recorded(`quic:quic-${variant}/stream${stream}-c2s`);
      return bytes.subarray(0, bytes.length - word.length).toString("latin1");
    };
    const got: string[] = [];
    const serve = async (tape: Tape): Promise<void> => {
      tape.handle.write(Buffer.from("OK"));
      const known = (): string | undefined =>
        [headOf(0), headOf(4)].find((head) => tape.text.startsWith(head));
      await tape.until(() => known() !== undefined || tape.events.length > 0);
      const head = known();
      if (head === undefined) return; // the sign of life
      got.push(head);
      if (head === headOf(0)) {
        await tape.until(() => tape.text === head + word && tape.events.includes("FIN"));
        tape.handle.write(Buffer.from(word));
        tape.handle.finish();
      } else {
        tape.handle.finish();
        tape.handle.stop(0);
      }
    };
    const options = { ...(await identity(folder, "server")), alpn: ["h3"], maxStreams: 100 };
    const endpoint = new QuicEndpoint(
      { address: "127.0.0.1:0", server: new QuicServer(options) },
      { connection: (connection) => connection.use({ stream: (handle) => void serve(new Tape(handle)) }) },
    );
    const table = backendTable("original", endpoint.address, `dialect = "${variant}"`, "quic");
    const { process: client, proxy } = await startClient(folder, table);
    await using _ = client;
    await client.line(({ msg, status }) => msg === "backend" && status === "normal", "backend up");
    const failed = await askForBoth(proxy);
    // FIN and STOP_SENDING may come in two packets: then the application sees an end first, and a reset only when it
    // writes after that came, since who has read an end reads no more.
    const knock = (): void => void failed.write("who is there?", (error) => error ?? setImmediate(knock));
    failed.once("end", knock);
    const [error] = (await once(failed.resume(), "error")) as [NodeJS.ErrnoException];
    assert.match(error.code ?? "", /^(ECONNRESET|EPIPE)$/);
    assert.deepEqual(got, [headOf(0), headOf(4)]);
    await client[Symbol.asyncDispose]();
    await endpoint.close();
  });
}
