// R31
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, createSecureServer, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { test } from "node:test";
import { freePort } from "@octoproxy/lib/testing/free-port";
import { ServingProgram } from "@octoproxy/lib/transport/h2/testing/programs";
import { makeCertificates } from "@octoproxy/lib/transport/h2/testing/test-certificates";
import { startTlsHop } from "@octoproxy/lib/transport/h2/testing/tls-hop";
import { DaemonProcess } from "./harness/daemon-process.ts";
import { page, patternDigest, startOrigin } from "./harness/origin.ts";
import { backendTable, Folder, Pair, startClient } from "./harness/pair.ts";
import { needs, run } from "./harness/programs.ts";
import { connectThrough, hostAndPort, readAll } from "./harness/raw-tunnel.ts";

const size = 32 << 20;
/** The digest of what comes of `/bytes/size` through a proxy that takes CONNECT. */
const fetched = async (proxy: string, origin: string): Promise<string> => {
  const { socket, status, head } = await connectThrough(proxy, origin);
  assert.equal(status, 200, head);
  socket.write(`GET /bytes/${size} HTTP/1.1\r\nHost: ${origin}\r\nConnection: close\r\n\r\n`);
  const answer = await readAll(socket);
  socket.end();
  return createHash("sha256")
    .update(answer.subarray(answer.indexOf("\r\n\r\n") + 4))
    .digest("hex");
};

const identity = async (folder: Folder, name: "client" | "server") => ({
  ca: await readFile(folder.file("certs/ca.crt")),
  cert: await readFile(folder.file(`certs/${name}/${name}.crt`)),
  key: await readFile(folder.file(`certs/${name}/${name}.key`)),
});

test("h2spec, through a TLS hop with a certificate: every case passes but one that takes our frames for smaller", {
  skip: needs("h2spec", "openssl"),
}, async (t) => {
  await using folder = await Folder.make();
  using certificates = makeCertificates();
  const { cert, key } = certificates.server;
  const lines = `listen_address = "127.0.0.1:0"\nauth_cert = "${cert}"\nauth_key = "${key}"\nclient_ca = "${certificates.ca}"\n`;
  const file = await folder.write("server.toml", lines);
  await using server = new DaemonProcess(["server", "-c", file]);
  const { port } = hostAndPort(await server.listening("http2"));
  using hop = await startTlsHop(port, certificates);
  const { stdout } = await run("h2spec", ["--port", `${hop.port}`, "--timeout", "5", "--strict"]);
  const text = stdout.toString();
  const [, all, passed] = /(\d+) tests, (\d+) passed, 0 skipped/.exec(text) ?? [];
  t.diagnostic(`${passed} of ${all} pass`);
  const failures = text.slice(text.indexOf("Failures:"));
  // Its 20,000 bytes are to be too long for a frame. Ours may have 256 KiB; with 16 KiB it passes (h2spec.test.ts).
  assert.match(failures, /× 3: Sends a large size HEADERS frame that exceeds the SETTINGS_MAX_FRAME_SIZE/);
  assert.equal(failures.match(/×/g)?.length, 1, failures);
  assert.ok(Number(passed) >= 145 && server.running);
});

test("nghttpx as the server's client: a download is exact", { skip: needs("nghttpx") }, async () => {
  await using pair = await Pair.start();
  await using origin = await startOrigin();
  const port = await freePort();
  const certs = pair.folder.file("certs");
  await using _ = await ServingProgram.start(
    "nghttpx",
    [
      "--http2-proxy",
      `--frontend=127.0.0.1,${port};no-tls`,
      `--backend=${pair.serverAddress.replace(":", ",")};;proto=h2;tls;sni=localhost`,
      `--cacert=${certs}/ca.crt`,
      `--client-cert-file=${certs}/client/client.crt`,
      `--client-private-key-file=${certs}/client/client.key`,
      "--workers=1",
      "--errorlog-file=/dev/null",
      "--accesslog-file=/dev/null",
      "--tls-min-proto-version=TLSv1.3",
    ],
    port,
  );
  assert.equal(await fetched(`127.0.0.1:${port}`, origin.address), patternDigest(size));
});

test("nghttpx as the client's server: a download is exact", { skip: needs("nghttpx") }, async () => {
  // nghttpx hands CONNECT on to a proxy of HTTP/1.1: the pair's own client is one.
  await using pair = await Pair.start();
  await using origin = await startOrigin();
  const port = await freePort();
  const certs = pair.folder.file("certs");
  await using _ = await ServingProgram.start(
    "nghttpx",
    [
      "--http2-proxy",
      `--frontend=127.0.0.1,${port}`,
      `--backend=${pair.proxy.replace(":", ",")}`,
      "--verify-client",
      `--verify-client-cacert=${certs}/ca.crt`,
      "--workers=1",
      "--errorlog-file=/dev/null",
      "--accesslog-file=/dev/null",
      `${certs}/server/server.key`,
      `${certs}/server/server.crt`,
    ],
    port,
  );
  const before = await startClient(pair.folder, backendTable("nghttpx", `127.0.0.1:${port}`), "before");
  await using client = before.process;
  await client.line(({ msg, status }) => msg === "backend" && status === "normal", "backend up");
  assert.equal(await fetched(before.proxy, origin.address), patternDigest(size));
});

test("node:http2 as the server's client: a download is exact", async () => {
  await using pair = await Pair.start();
  await using origin = await startOrigin();
  const session = connect(`https://${pair.serverAddress}`, await identity(pair.folder, "client"));
  const open = async (path: string): Promise<Buffer> => {
    const stream = session.request(
      { ":method": "CONNECT", ":authority": origin.address },
      { endStream: false },
    );
    const [headers] = await once(stream, "response");
    assert.equal(headers[":status"], 200);
    stream.write(`GET ${path} HTTP/1.1\r\nHost: ${origin.address}\r\nConnection: close\r\n\r\n`);
    return Buffer.concat(await stream.toArray());
  };
  const small = (await open("/")).toString();
  assert.match(small, /^HTTP\/1\.1 200 OK/);
  assert.ok(small.endsWith(page));
  const large = await open(`/bytes/${size}`);
  const body = large.subarray(large.indexOf("\r\n\r\n") + 4);
  assert.equal(createHash("sha256").update(body).digest("hex"), patternDigest(size));
  session.destroy();
});

test("node:http2 as the client's server: a download is exact", async () => {
  await using pair = await Pair.start();
  await using origin = await startOrigin();
  const { ca, cert, key } = await identity(pair.folder, "server");
  const server = createSecureServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true });
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    const socket = connectTcp(hostAndPort(String(headers[":authority"])), () => {
      stream.respond({ ":status": 200 });
      stream.pipe(socket).pipe(stream);
    });
    socket.on("error", () => stream.close());
    stream.on("error", () => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { process: client, proxy } = await startClient(pair.folder, backendTable("node", address), "node");
  await client.line(({ msg, status }) => msg === "backend" && status === "normal", "backend up");
  assert.equal(await fetched(proxy, origin.address), patternDigest(size));
  await client[Symbol.asyncDispose]();
  server.close();
});

test("a request that is not CONNECT gets 405 and is told what is served", async () => {
  await using pair = await Pair.start();
  const session = connect(`https://${pair.serverAddress}`, await identity(pair.folder, "client"));
  const stream = session.request({ ":path": "/" });
  const [headers] = await once(stream, "response");
  assert.equal(headers[":status"], 405);
  assert.equal(headers.allow, "CONNECT");
  session.destroy();
});
