// R31: nghttpx, the proxy of nghttp2, in front of our server and behind our client.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type net from "node:net";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { freePort } from "../../testing/free-port.ts";
import { Recorder } from "../conformance/recorder.ts";
import type { ClientConnection, Listener } from "../transport.ts";
import { dialTest, listenTest } from "./testing/endpoints.ts";
import { bulkMebibytes, chunksPerMebibyte, payloadChunk, payloadDigest } from "./testing/payload.ts";
import { missing, ServingProgram } from "./testing/programs.ts";
import { makeCertificates, type TestCertificates } from "./testing/test-certificates.ts";
import { serveDuplex, serveTunnel } from "./testing/test-targets.ts";

const skip = missing("nghttpx") || missing("openssl");
let certificates: TestCertificates;
before(() => {
  if (skip === false) certificates = makeCertificates();
});
after(() => certificates?.[Symbol.dispose]());
const digest = payloadDigest(bulkMebibytes);

describe("nghttpx as the client of our server: HTTP/1.1 CONNECT in, HTTP/2 CONNECT out", { skip }, () => {
  let listener: Listener;
  let front: ServingProgram;
  let port = 0;

  before(async () => {
    listener = await listenTest(
      { ca: certificates.ca, ...certificates.server },
      { connection: () => {}, tunnel: serveTunnel, refused: () => {} },
    );
    port = await freePort();
    front = await ServingProgram.start(
      "nghttpx",
      [
        "--http2-proxy",
        `--frontend=127.0.0.1,${port};no-tls`,
        `--backend=127.0.0.1,${listener.address.split(":").at(-1)};;proto=h2;tls;sni=server.test`,
        `--cacert=${certificates.ca}`,
        `--client-cert-file=${certificates.client.cert}`,
        `--client-private-key-file=${certificates.client.key}`,
        "--workers=1",
        "--errorlog-file=/dev/null",
        "--accesslog-file=/dev/null",
        "--tls-min-proto-version=TLSv1.3",
      ],
      port,
    );
  });
  after(async () => {
    await front?.[Symbol.asyncDispose]();
    listener.destroy();
  });

  const open = async (authority: string): Promise<net.Socket> => {
    const request = http.request({
      host: "127.0.0.1",
      port,
      method: "CONNECT",
      path: authority,
      agent: false,
    });
    request.end();
    const [response, socket, early] = (await once(request, "connect")) as [
      http.IncomingMessage,
      net.Socket,
      Buffer,
    ];
    assert.equal(response.statusCode, 200);
    if (early.length > 0) socket.unshift(early);
    return socket;
  };

  test("a download is exact", async () => {
    const socket = await open(`source.test:${bulkMebibytes}`);
    const hash = createHash("sha256");
    for await (const chunk of socket) hash.update(chunk as Buffer);
    assert.equal(hash.digest("hex"), digest);
  });

  test("an upload is exact, beside a download", async () => {
    const [up, down] = await Promise.all([open("echo.test:7"), open("source.test:4")]);
    const hash = createHash("sha256");
    const size = bulkMebibytes * chunksPerMebibyte * payloadChunk(0).length;
    const reading = (async () => {
      let received = 0;
      for await (const chunk of up) {
        hash.update(chunk as Buffer);
        received += (chunk as Buffer).length;
        if (received === size) break;
      }
    })();
    const beside = createHash("sha256");
    const readingBeside = (async () => {
      for await (const chunk of down) beside.update(chunk as Buffer);
    })();
    for (let index = 0; index < bulkMebibytes * chunksPerMebibyte; index += 1) {
      if (!up.write(payloadChunk(index))) await once(up, "drain");
    }
    await Promise.all([reading, readingBeside]);
    assert.equal(hash.digest("hex"), digest);
    assert.equal(beside.digest("hex"), payloadDigest(4));
  });
});

describe("nghttpx as the server of our client: HTTP/2 CONNECT in, HTTP/1.1 CONNECT out", { skip }, () => {
  let proxy: http.Server;
  let back: ServingProgram;
  let client: ClientConnection;

  before(async () => {
    proxy = http.createServer();
    proxy.on("connect", (request: http.IncomingMessage, socket: net.Socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      serveDuplex(socket, request.url ?? "");
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const port = await freePort();
    back = await ServingProgram.start(
      "nghttpx",
      [
        "--http2-proxy",
        `--frontend=127.0.0.1,${port}`,
        `--backend=127.0.0.1,${(proxy.address() as AddressInfo).port}`,
        "--verify-client",
        `--verify-client-cacert=${certificates.ca}`,
        "--workers=1",
        "--errorlog-file=/dev/null",
        "--accesslog-file=/dev/null",
        certificates.server.key,
        certificates.server.cert,
      ],
      port,
    );
    client = await dialTest(port, { ca: certificates.ca, ...certificates.client });
  });
  after(async () => {
    client?.destroy();
    await back?.[Symbol.asyncDispose]();
    proxy.close();
    proxy.closeAllConnections();
  });

  const open = async (authority: string): Promise<Recorder> =>
    new Recorder(await client.open(authority, AbortSignal.timeout(10_000)));

  test("a download is exact", async () => {
    const tunnel = await open(`source.test:${bulkMebibytes}`);
    await tunnel.until(() => tunnel.ended || tunnel.failure !== undefined);
    assert.equal(tunnel.digest(), digest);
  });

  test("both ways at once are exact, on eight streams", async () => {
    const one = async () => {
      const tunnel = await open("echo.test:7");
      const chunks = Math.max(1, bulkMebibytes / 8) * chunksPerMebibyte;
      const size = chunks * payloadChunk(0).length;
      for (let index = 0; index < chunks; index += 1) await tunnel.send(payloadChunk(index));
      await tunnel.until(() => tunnel.received >= size || tunnel.failure !== undefined);
      tunnel.abort();
      return tunnel.digest();
    };
    const expected = payloadDigest(Math.max(1, bulkMebibytes / 8));
    assert.deepEqual(await Promise.all(Array.from({ length: 8 }, one)), Array(8).fill(expected));
  });
});
