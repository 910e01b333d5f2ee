import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { connect, createServer } from "node:tls";
import fc from "fast-check";
import { ProxyError } from "../../error/proxy-error.ts";
import { fuzzing } from "../../testing/fuzzing.ts";
import { refusalOf } from "../../tunnel/proxy-status.ts";
import { Recorder } from "../conformance/recorder.ts";
import type { Connection, IncomingTunnel } from "../transport.ts";
import { connectHttp2 } from "./connect.ts";
import { DialectClientRole } from "./dialect-client-role.ts";
import { readDialectHead, writeDialectHead } from "./dialect-head.ts";
import { DialectServerRole } from "./dialect-server-role.ts";
import { defaultHttp2Settings } from "./http2-settings.ts";
import { Http2ServerConnection } from "./server-connection.ts";
import { BareSide } from "./testing/bare-side.ts";
import { testCertificates } from "./testing/certificates.ts";
import { dialAddress, testJudge, testListener } from "./testing/loopback.ts";

const variants = ["git", "crate"] as const;

/** What the Rust original wrote (see the fixtures' folder). */
const recorded = (variant: string, direction: string): Buffer =>
  readFileSync(
    new URL(
      `../../../src/transport/h2/fixtures/original-dialect/tcp-${variant}/${direction}.bin`,
      import.meta.url,
    ),
  );

const dialectServer = (): BareSide => {
  const side = new BareSide("server");
  side.core.role = new DialectServerRole(side.core, {} as Connection, (tunnel) => side.incoming(tunnel));
  return side.start();
};

test("any bytes are a head of the original, a wish for more, or refused", () => {
  const start = fc.constantFrom("", "CONNECT ", "CONNECT h:1 HTTP/1.1\r\n", "\0\u0003h:1", "\0");
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 300 }), (first, rest) => {
      const bytes = Buffer.concat([Buffer.from(first, "latin1"), rest]);
      try {
        const head = readDialectHead(bytes);
        if (head === undefined) return;
        assert.ok(head.length <= bytes.length && head.authority.length <= 1024);
        assert.deepEqual(readDialectHead(bytes.subarray(0, head.length)), head);
        assert.equal(readDialectHead(bytes.subarray(0, head.length - 1)), undefined);
      } catch (error) {
        assert.ok(error instanceof Error && /target|head|CONNECT/.test(error.message), String(error));
      }
    }),
    fuzzing("dialect-noise"),
  );
});

for (const variant of variants) {
  test(`heads of ${variant} are read back, whatever follows, and only once whole`, () => {
    const authority = fc
      .stringMatching(/^[a-z0-9.[\]:-]{1,200}$/)
      .filter((text) => text.trim() === text && text !== "");
    fc.assert(
      fc.property(authority, fc.uint8Array({ maxLength: 40 }), (text, rest) => {
        const head = writeDialectHead(variant, text);
        for (let cut = 0; cut < head.length; cut++) {
          assert.equal(readDialectHead(head.subarray(0, cut)), undefined);
        }
        const read = readDialectHead(Buffer.concat([head, rest]));
        assert.deepEqual(read, { authority: text, length: head.length });
      }),
      fuzzing(`dialect-heads-${variant}`),
    );
  });

  for (const cut of [1, 7, 4096]) {
    test(`the recorded client of ${variant}, ${cut} bytes at a time`, async () => {
      const server = dialectServer();
      const ends: Recorder[] = [];
      server.onTunnel = (tunnel) => {
        if (tunnel.authority === "127.0.0.1:1") {
          tunnel.refuse(refusalOf(new ProxyError("CONNECTION_REFUSED"), "octoproxy-server"));
        } else ends.push(new Recorder(tunnel.accept()));
      };
      const bytes = recorded(variant, "client-to-server");
      for (let at = 0; at < bytes.length; at += cut) {
        server.receive(bytes.subarray(at, at + cut));
        await Promise.resolve();
      }
      assert.equal(server.failure, undefined);
      assert.deepEqual(
        server.tunnels.map((tunnel) => tunnel.authority),
        ["127.0.0.1:23051", "127.0.0.1:1"],
      );
      assert.deepEqual([ends[0]!.text, ends[0]!.ended], ["hello-tunnel", true]);
      const sent = server.take().toString("hex");
      assert.match(sent, /0000010104000000018800?/, "200 on stream 1");
      assert.match(sent, /00000403000000000300000008/, "RST_STREAM CANCEL on stream 3");
      await ends[0]!.send(Buffer.from("hello-tunnel"));
      ends[0]!.stream.end();
      assert.match(server.take().toString("hex"), /00000c000100000001/);
      assert.equal(server.core.table.open.size, 0);
    });
  }

  test(`the recorded server of ${variant} gets the recorded heads`, async () => {
    const client = new BareSide("client");
    const role = new DialectClientRole(client.core, "localhost:8443", variant);
    client.core.role = role;
    client.start();
    const ends: Recorder[] = [];
    const listener = {
      opened: (stream: ConstructorParameters<typeof Recorder>[0]) => ends.push(new Recorder(stream)),
      failed: assert.fail,
    };
    role.open("127.0.0.1:23051", listener);
    role.open("127.0.0.1:1", listener);
    client.take();
    // Everything but the last frame, which resets the second tunnel: the head must have gone out before.
    const bytes = recorded(variant, "server-to-client");
    client.receive(bytes.subarray(0, bytes.length - 13));
    const sent = client.take().toString("hex");
    const theirs = recorded(variant, "client-to-server").toString("hex");
    for (const [stream, target] of [
      [1, "127.0.0.1:23051"],
      [3, "127.0.0.1:1"],
    ] as const) {
      const head = Buffer.from(writeDialectHead(variant, target)).toString("hex");
      const length = (head.length / 2).toString(16).padStart(6, "0");
      const frame = `${length}0000${stream.toString(16).padStart(8, "0")}${head}`;
      assert.ok(sent.includes(frame), `ours: ${sent}`);
      assert.ok(theirs.includes(frame), `theirs: ${theirs}`);
    }
    await Promise.resolve();
    assert.deepEqual([ends[0]!.text, ends[0]!.ended], ["hello-tunnel", true]);
    client.receive(bytes.subarray(bytes.length - 13));
    assert.equal(ends[1]!.failure?.code, "RESET");
  });
}

test("a head that is none resets its stream alone", () => {
  for (const nonsense of ["C0NNECT a:1", "zzz", "\u0000\u0000", "\u0042\u0000"]) {
    const server = dialectServer();
    const bytes = recorded("git", "client-to-server");
    // Preface, SETTINGS, WINDOW_UPDATE and the first HEADERS.
    server.receive(bytes.subarray(0, 24 + 27 + 13 + 30));
    const data = Buffer.alloc(9 + nonsense.length);
    data.writeUIntBE(nonsense.length, 0, 3);
    data.writeUInt32BE(1, 5);
    data.write(nonsense, 9, "latin1");
    server.receive(data);
    assert.equal(server.tunnels.length, 0);
    assert.equal(server.core.table.open.size, 0, nonsense);
    assert.equal(server.failure, undefined);
  }
});

test("a head that does not come is given up after its deadline; a health check is silent", () => {
  const server = dialectServer();
  server.receive(recorded("git", "client-to-server").subarray(0, 24 + 27 + 13 + 30));
  assert.equal(server.core.table.open.size, 1);
  server.tickUntil(9_000);
  assert.equal(server.core.table.open.size, 1);
  server.receive(Buffer.from("000000040100000000", "hex"));
  server.tickUntil(10_500);
  assert.equal(server.core.table.open.size, 0);
  assert.equal(server.tunnels.length, 0);
});

test("a client without ALPN is served in the dialect by the same listener", async () => {
  const tunnels: IncomingTunnel[] = [];
  const asked = Promise.withResolvers<void>();
  const listener = await testListener({
    connection: () => {},
    refused: assert.fail,
    tunnel: (tunnel) => {
      tunnels.push(tunnel);
      if (tunnels.length === 2) asked.resolve();
    },
  });
  const [host, port] = listener.address.split(":");
  const socket = connect({ host, port: Number(port), servername: "localhost", ...testCertificates() });
  await once(socket, "secureConnect");
  socket.write(recorded("crate", "client-to-server"));
  await asked.promise;
  assert.equal(tunnels[0]!.authority, "127.0.0.1:23051");
  socket.destroy();
  listener.destroy();
});

for (const variant of variants) {
  test(`our client reaches a server without ALPN in the dialect (${variant})`, async () => {
    const server = createServer({ ...testCertificates(), requestCert: true, rejectUnauthorized: false });
    const asked = Promise.withResolvers<IncomingTunnel>();
    let bare: Http2ServerConnection | undefined;
    server.on("secureConnection", (socket) => {
      bare = new Http2ServerConnection(socket, defaultHttp2Settings, testJudge(socket), "test");
      bare.serve((tunnel) => asked.resolve(tunnel), true);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const signal = AbortSignal.timeout(10_000);
    const { connection } = await connectHttp2(
      {
        dial: () => dialAddress(address),
        serverName: "localhost",
        address: "localhost:8443",
        dialect: variant,
        tls: testCertificates(),
        judge: testJudge,
        settings: defaultHttp2Settings,
      },
      signal,
    );
    const near = new Recorder(await connection.open("Example.TEST:443", signal));
    await near.send(Buffer.from("behind the head"));
    const tunnel = await asked.promise;
    assert.equal(tunnel.authority, "Example.TEST:443");
    const far = new Recorder(tunnel.accept());
    await far.until(() => far.text === "behind the head");
    await far.send(Buffer.from("back"));
    await near.until(() => near.text === "back");
    connection.destroy();
    await bare!.closed;
    server.close();
  });
}
