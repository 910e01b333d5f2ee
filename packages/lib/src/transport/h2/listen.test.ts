import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { ProxyError } from "../../error/proxy-error.ts";
import { hasCode, turnsUntil, within } from "../conformance/expect.ts";
import { connectHttp2 } from "./connect.ts";
import { defaultHttp2Settings } from "./http2-settings.ts";
import { listenHttp2 } from "./listen.ts";
import { testCertificates } from "./testing/certificates.ts";
import { dialAddress, testConnect, testJudge, testListener } from "./testing/loopback.ts";

const quiet = { connection: () => {}, tunnel: () => {}, refused: () => {} };

const tlsTo = async (address: string, options: object = {}): Promise<TLSSocket> => {
  const [host, port] = address.split(":");
  const { ca } = testCertificates();
  const socket = connect({
    host,
    port: Number(port),
    servername: "localhost",
    ca,
    ALPNProtocols: ["h2"],
    ...options,
  });
  await once(socket, "secureConnect");
  return socket;
};

test("a client without a certificate is told so before a byte of it is parsed", async () => {
  const refusals: ProxyError[] = [];
  const listener = await testListener({ ...quiet, refused: (_address, error) => refusals.push(error) });
  await assert.rejects(
    connectHttp2(
      {
        dial: () => dialAddress(listener.address),
        serverName: "localhost",
        address: listener.address,
        tls: { ca: testCertificates().ca },
        judge: testJudge,
        settings: defaultHttp2Settings,
      },
      within(10_000),
    ),
    (error: unknown) => {
      hasCode("CERTIFICATE_REFUSED")(error);
      assert.match((error as Error).message, /not accepted/);
      return true;
    },
  );
  assert.equal(refusals.length, 1);
  const socket = await tlsTo(listener.address);
  socket.write("GET / HTTP/1.1\r\n\r\n");
  const [first] = (await once(socket, "data")) as [Buffer];
  assert.equal(first.subarray(0, 9).toString("hex"), "000000040000000000");
  assert.match(first.toString("latin1"), /not accepted/);
  await once(socket, "close");
  listener.destroy();
});

test("the client judges the server before it sends a byte", async () => {
  let bytes = 0;
  const listener = await testListener({ ...quiet, connection: (peer) => void peer.closed });
  const refusal = new ProxyError("BACKEND_CERTIFICATE", { detail: "another name" });
  await assert.rejects(
    connectHttp2(
      {
        dial: () => dialAddress(listener.address),
        serverName: "localhost",
        address: listener.address,
        tls: testCertificates(),
        judge: (socket) => {
          bytes = socket.bytesWritten;
          throw refusal;
        },
        settings: defaultHttp2Settings,
      },
      within(10_000),
    ),
    refusal,
  );
  assert.equal(bytes, 0);
  listener.destroy();
});

test("nobody listens, TLS that does not begin, abort while connecting", async () => {
  const silent = await testListener(quiet);
  const { address } = silent;
  silent.destroy();
  await assert.rejects(testConnect(address, within(10_000)), hasCode("BACKEND_UNREACHABLE"));
  const { createServer } = await import("node:net");
  const sockets: Socket[] = [];
  const mute = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
  await once(mute, "listening");
  const port = (mute.address() as { port: number }).port;
  const controller = new AbortController();
  const reason = new Error("enough");
  const connecting = testConnect(`127.0.0.1:${port}`, controller.signal);
  await once(mute, "connection");
  controller.abort(reason);
  await assert.rejects(connecting, reason);
  const closing = testConnect(`127.0.0.1:${port}`, within(10_000));
  await once(mute, "connection");
  sockets.at(-1)!.destroy();
  await assert.rejects(closing, hasCode("BACKEND_TLS"));
  mute.close();
});

test("no session is resumed", async () => {
  const listener = await testListener(quiet);
  const { cert, key } = testCertificates();
  const first = await tlsTo(listener.address, { cert, key });
  const sessions: Buffer[] = [];
  first.on("session", (session: Buffer) => sessions.push(session));
  await once(first, "data");
  const session = sessions.at(-1) ?? first.getSession();
  first.destroy();
  const second = await tlsTo(listener.address, { cert, key, session });
  assert.equal(second.isSessionReused(), false);
  assert.equal(second.getPeerCertificate().subject.CN, "test peer");
  second.destroy();
  listener.destroy();
});

test("TLS 1.2 is not spoken", async () => {
  const listener = await testListener(quiet);
  await assert.rejects(tlsTo(listener.address, { maxVersion: "TLSv1.2", minVersion: "TLSv1.2" }));
  listener.destroy();
});

test("new material is used by new handshakes; a pair that does not fit is refused and changes nothing", async () => {
  const listener = await testListener(quiet);
  const old = await testConnect(listener.address, within(10_000));
  const { ca, cert } = testCertificates();
  assert.throws(() => listener.setSecureContext({ ca, cert, key: "nonsense" }));
  listener.setSecureContext(testCertificates());
  const fresh = await testConnect(listener.address, within(10_000));
  await Promise.all([old.ping(within(10_000)), fresh.ping(within(10_000))]);
  old.destroy();
  fresh.destroy();
  listener.destroy();
});

test("silent sockets beyond the bound lose the oldest, and an honest client gets through", async () => {
  const listener = await listenHttp2(
    {
      host: "127.0.0.1",
      port: 0,
      tls: testCertificates(),
      judge: testJudge,
      settings: defaultHttp2Settings,
      maxPendingHandshakesPerAddress: 8,
    },
    quiet,
  );
  const [host, port] = listener.address.split(":");
  const silent: Socket[] = [];
  let closed = 0;
  for (let count = 0; count < 40; count++) {
    const socket = connectTcp({ host, port: Number(port) });
    socket.on("error", () => {});
    socket.on("close", () => closed++);
    silent.push(socket);
    await once(socket, "connect");
  }
  await turnsUntil(() => closed >= 32);
  const client = await testConnect(listener.address, within(10_000));
  await client.ping(within(10_000));
  client.destroy();
  for (const socket of silent) socket.destroy();
  listener.destroy();
});

test("a handshake that does not end is dropped after its deadline", async () => {
  const listener = await listenHttp2(
    {
      host: "127.0.0.1",
      port: 0,
      tls: testCertificates(),
      judge: testJudge,
      settings: defaultHttp2Settings,
      handshakeTimeoutMs: 50,
    },
    quiet,
  );
  const socket = await dialAddress(listener.address);
  socket.resume();
  await once(socket, "close");
  listener.destroy();
});
