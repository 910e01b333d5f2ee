import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import type { QuicConnection } from "@octoproxy/quic/connection";
import { QuicEndpoint } from "@octoproxy/quic/endpoint";
import type { StreamHandle } from "@octoproxy/quic/handles";
import { QuicClient, QuicServer } from "@octoproxy/quic/options";
import { ProxyError } from "../../error/proxy-error.ts";
import { refusalOf } from "../../tunnel/proxy-status.ts";
import { hasCode } from "../conformance/expect.ts";
import { Recorder } from "../conformance/recorder.ts";
import { testCertificates } from "../h2/testing/certificates.ts";
import type { IncomingTunnel } from "../transport.ts";
import type { QuicListener } from "./listen.ts";
import { testConnect, testListener } from "./testing/loopback.ts";
import { Tape } from "./testing/tape.ts";

const variants = ["git", "crate"] as const;
const file = (variant: string, name: string): Buffer =>
  readFileSync(
    new URL(
      `../../../src/transport/quic/fixtures/original-dialect/quic-${variant}/${name}.bin`,
      import.meta.url,
    ),
  );

const alpn = ["h3"];

describe("our server and a client of the original (QUIC)", () => {
  let listener: QuicListener;
  let endpoint: QuicEndpoint;
  let client: QuicConnection;
  const tunnels: IncomingTunnel[] = [];
  const refusedPeers: unknown[] = [];

  before(async () => {
    listener = testListener({
      connection: () => {},
      tunnel: (tunnel) => {
        tunnels.push(tunnel);
        if (tunnel.authority === "127.0.0.1:1") {
          tunnel.refuse(refusalOf(new ProxyError("CONNECTION_REFUSED"), "octoproxy-server"));
          return;
        }
        const stream = tunnel.accept();
        const echo = new Recorder(stream);
        void (async () => {
          let seen = 0;
          while (!echo.ended) {
            await echo.until(() => echo.received > seen || echo.ended || echo.failure !== undefined);
            if (echo.failure !== undefined) return;
            if (echo.received > seen) stream.write(Buffer.from(echo.text).subarray(seen));
            seen = echo.received;
          }
          stream.end();
        })();
      },
      refused: (_, error) => refusedPeers.push(error),
    });
    endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
    client = await endpoint.connect(
      new QuicClient({ ...testCertificates(), alpn }),
      listener.address,
      "localhost",
    );
  });

  after(async () => {
    await endpoint.close();
    listener.destroy();
  });

  for (const variant of variants) {
    test(`${variant}: head, OK, bytes and both FINs as recorded`, async () => {
      const recorded = file(variant, "stream0-c2s");
      const headLength = recorded.length - "hello-tunnel".length;
      const tape = new Tape(await client.open());
      tape.handle.write(recorded.subarray(0, headLength));
      await tape.until(() => tape.bytes.length === 2);
      tape.handle.write(recorded.subarray(headLength));
      tape.handle.finish();
      await tape.until(() => tape.events.includes("FIN"));
      assert.deepEqual(tape.bytes, file(variant, "stream0-s2c"));
      assert.equal(tunnels.at(-1)?.authority, "127.0.0.1:23051");
    });

    test(`${variant}: OK comes before the head is whole, and the head may come byte by byte`, async () => {
      const recorded = file(variant, "stream0-c2s");
      const tape = new Tape(await client.open());
      for (const byte of recorded.subarray(0, 5)) tape.handle.write(Buffer.from([byte]));
      await tape.until(() => tape.bytes.length === 2);
      for (const byte of recorded.subarray(5)) tape.handle.write(Buffer.from([byte]));
      await tape.until(() => tape.bytes.toString() === "OKhello-tunnel");
      tape.handle.destroy(0);
    });

    test(`${variant}: a failed dial is OK, FIN and STOP_SENDING 0, as recorded`, async () => {
      const recorded = file(variant, "stream4-c2s");
      const tape = new Tape(await client.open());
      tape.handle.write(recorded.subarray(0, recorded.length - "hello-tunnel".length));
      await tape.until(() => tape.events.length >= 2);
      assert.deepEqual(tape.bytes, file(variant, "stream4-s2c"));
      assert.deepEqual(tape.events.sort(), ["FIN", "stopped 0"]);
    });
  }

  test("a health check, a stream that ends without a head, is neither a tunnel nor an error", async () => {
    const before = tunnels.length;
    for (const end of ["finish", "reset"] as const) {
      const tape = new Tape(await client.open());
      tape.handle.write(Buffer.from([0]));
      await tape.until(() => tape.bytes.length === 2);
      if (end === "finish") tape.handle.finish();
      else tape.handle.destroy(0);
      if (end === "finish") await tape.until(() => tape.events.length > 0);
    }
    assert.equal(tunnels.length, before);
    assert.deepEqual(refusedPeers, []);
  });

  test("garbage instead of a head ends the stream, not the connection", async () => {
    const tape = new Tape(await client.open());
    tape.handle.write(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
    await tape.until(() => tape.events.length >= 2);
    assert.equal(tape.bytes.toString(), "OK");
    assert.equal(client.error, undefined);
  });

  test("a server of ours prefers its own protocol to the original's", async () => {
    const connection = await testConnect(listener.address, AbortSignal.timeout(10_000));
    assert.equal(connection.quic.alpn, "octoproxy/1");
    assert.equal(connection.streamLimit, 16_384);
    await connection.close();
  });
});

describe("our client and a server of the original (QUIC)", () => {
  /** Does what the original does: OK on accepting, then one read of the head, a dial, and the two directions. */
  const original = async (
    variant: "git" | "crate",
  ): Promise<{ endpoint: QuicEndpoint; heads: Buffer[] } & AsyncDisposable> => {
    const heads: Buffer[] = [];
    const sockets = new Set<Socket>();
    const serve = (handle: StreamHandle): void => {
      handle.write(Buffer.from("OK"));
      let socket: Socket | undefined;
      const readable = (): void => {
        do {
          const chunk = handle.read();
          if (chunk === undefined) continue;
          if (socket !== undefined) {
            socket.write(chunk);
            continue;
          }
          heads.push(Buffer.from(chunk));
          const text =
            variant === "git" ? chunk.toString("latin1", 2) : (chunk.toString("latin1").split(" ")[1] ?? "");
          socket = connect(Number(text.split(":")[1]), "127.0.0.1");
          sockets.add(socket);
          socket.on("data", (data: Buffer) => handle.write(data));
          socket.on("end", () => handle.finish());
          socket.on("error", () => {
            handle.finish();
            handle.stop(0);
          });
        } while (handle.more);
        if (handle.ended) socket?.end();
      };
      handle.use({
        readable,
        writable() {},
        stopped: () => socket?.destroy(),
        aborted: () => socket?.destroy(),
      });
      readable();
    };
    const endpoint = new QuicEndpoint(
      { address: "127.0.0.1:0", server: new QuicServer({ ...testCertificates(), alpn, maxStreams: 100 }) },
      { connection: (connection) => connection.use({ stream: serve }) },
    );
    return {
      endpoint,
      heads,
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        await endpoint.close();
      },
    };
  };

  for (const variant of variants) {
    test(`${variant}: the head goes out as recorded, whole and alone; bytes and half-close go through`, async () => {
      await using server = await original(variant);
      const target = createServer({ allowHalfOpen: true }, (socket) => {
        socket.on("data", (data) => socket.write(data));
        socket.on("end", () => socket.end());
      }).listen(0, "127.0.0.1");
      await once(target, "listening");
      const authority = `127.0.0.1:${(target.address() as AddressInfo).port}`;
      const connection = await testConnect(
        server.endpoint.address,
        AbortSignal.timeout(10_000),
        {},
        {
          originalVariant: variant,
        },
      );
      assert.deepEqual([connection.dialect.original, connection.streamLimit], [true, 100]);
      const near = new Recorder(await connection.open(authority, AbortSignal.timeout(10_000)));
      await near.send(Buffer.from("hello-tunnel"));
      await near.until(() => near.text === "hello-tunnel");
      near.stream.end();
      await near.until(() => near.ended);
      const recorded = file(variant, "stream0-c2s");
      const expected = recorded.subarray(0, recorded.length - "hello-tunnel".length).toString("latin1");
      const head = server.heads[0]?.toString("latin1") ?? "";
      if (variant === "crate") assert.equal(head, expected.replaceAll("127.0.0.1:23051", authority));
      else assert.equal(head.slice(2), authority);
      assert.ok((await connection.ping(AbortSignal.timeout(1_000))) >= 0);
      target.close();
      await connection.close();
    });

    test(`${variant}: a failed dial is an opened tunnel that is reset`, async () => {
      await using server = await original(variant);
      const closed = createServer().listen(0, "127.0.0.1");
      await once(closed, "listening");
      const authority = `127.0.0.1:${(closed.address() as AddressInfo).port}`;
      closed.close();
      const connection = await testConnect(
        server.endpoint.address,
        AbortSignal.timeout(10_000),
        {},
        {
          originalVariant: variant,
        },
      );
      const near = new Recorder(await connection.open(authority, AbortSignal.timeout(10_000)));
      await near.until(() => near.failure !== undefined);
      assert.equal(near.failure?.code, "RESET");
      assert.equal(connection.openStreams, 0);
      await connection.close();
    });
  }

  test("at the original's hundred tunnels the next one is told, before a byte is sent", async () => {
    await using server = await original("git");
    const target = createServer(() => {}).listen(0, "127.0.0.1");
    await once(target, "listening");
    const authority = `127.0.0.1:${(target.address() as AddressInfo).port}`;
    const connection = await testConnect(server.endpoint.address, AbortSignal.timeout(10_000));
    const open = () => connection.open(authority, AbortSignal.timeout(10_000));
    await Promise.all(Array.from({ length: 100 }, open));
    await assert.rejects(open(), hasCode("STREAM_LIMIT"));
    connection.destroy();
    target.close();
  });
});
