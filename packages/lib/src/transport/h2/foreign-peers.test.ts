// R31: node:http2 as the other side, in both roles.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { Recorder } from "../conformance/recorder.ts";
import type { ClientConnection, Listener } from "../transport.ts";
import { dialTest, listenTest } from "./testing/endpoints.ts";
import { bulkMebibytes, chunksPerMebibyte, payloadChunk, payloadDigest } from "./testing/payload.ts";
import { missing } from "./testing/programs.ts";
import { makeCertificates, type TestCertificates } from "./testing/test-certificates.ts";
import { serveDuplex, serveTunnel } from "./testing/test-targets.ts";

const skip = missing("openssl");
let certificates: TestCertificates;
before(() => {
  if (skip === false) certificates = makeCertificates();
});
after(() => certificates?.[Symbol.dispose]());
const digest = payloadDigest(bulkMebibytes);

describe("node:http2 as the client of our server", { skip }, () => {
  let listener: Listener;
  let session: http2.ClientHttp2Session;

  before(async () => {
    listener = await listenTest(
      { ca: certificates.ca, ...certificates.server },
      { connection: () => {}, tunnel: serveTunnel, refused: () => {} },
    );
    session = http2.connect(`https://127.0.0.1:${listener.address.split(":").at(-1)}`, {
      servername: "server.test",
      ca: readFileSync(certificates.ca),
      cert: readFileSync(certificates.client.cert),
      key: readFileSync(certificates.client.key),
      settings: { initialWindowSize: 2 ** 20 },
    });
    await once(session, "remoteSettings");
  });
  after(async () => {
    session.close();
    await listener.close(AbortSignal.timeout(5000));
  });

  const open = async (authority: string): Promise<http2.ClientHttp2Stream> => {
    const stream = session.request({ ":method": "CONNECT", ":authority": authority });
    const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    assert.equal(headers[":status"], 200);
    return stream;
  };

  test("a download is exact", async () => {
    const stream = await open(`source.test:${bulkMebibytes}`);
    stream.end();
    const hash = createHash("sha256");
    for await (const chunk of stream) hash.update(chunk as Buffer);
    assert.equal(hash.digest("hex"), digest);
  });

  test("an upload is exact, and the answer comes after our FIN", async () => {
    const stream = await open("sink.test:9");
    for (let index = 0; index < bulkMebibytes * chunksPerMebibyte; index += 1) {
      if (!stream.write(payloadChunk(index))) await once(stream, "drain");
    }
    stream.end();
    assert.equal(Buffer.concat(await stream.toArray()).toString(), digest);
  });

  test("both ways at once, on eight streams, are exact", async () => {
    const one = async () => {
      const stream = await open("echo.test:7");
      const size = 2 * chunksPerMebibyte;
      const hash = createHash("sha256");
      const reading = (async () => {
        for await (const chunk of stream) hash.update(chunk as Buffer);
      })();
      for (let index = 0; index < size; index += 1) {
        if (!stream.write(payloadChunk(index))) await once(stream, "drain");
      }
      stream.end();
      await reading;
      return hash.digest("hex");
    };
    const expected = payloadDigest(2);
    assert.deepEqual(await Promise.all(Array.from({ length: 8 }, one)), Array(8).fill(expected));
  });

  test("a refusal has its status, its Proxy-Status and a body", async () => {
    const stream = session.request({ ":method": "CONNECT", ":authority": "other.example:443" });
    const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    assert.equal(headers[":status"], 502);
    assert.match(String(headers["proxy-status"]), /^octoproxy-server; error=dns_error/);
    stream.end();
    assert.match(Buffer.concat(await stream.toArray()).toString(), /./);
  });

  test("a request that is not CONNECT is told so", async () => {
    const stream = session.request({ ":path": "/" });
    const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    assert.equal(headers[":status"], 405);
    assert.equal(headers.allow, "CONNECT");
    await stream.toArray();
  });

  test("a PING comes back", async () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    session.ping(Buffer.from("12345678"), (error, _ms, payload) => {
      if (error !== null) reject(error);
      else if (payload.toString() === "12345678") resolve();
    });
    await promise;
  });
});

describe("node:http2 as the server of our client", { skip }, () => {
  let server: http2.Http2SecureServer;
  let client: ClientConnection;

  before(async () => {
    server = http2.createSecureServer({
      ca: readFileSync(certificates.ca),
      cert: readFileSync(certificates.server.cert),
      key: readFileSync(certificates.server.key),
      requestCert: true,
      rejectUnauthorized: true,
      settings: { initialWindowSize: 2 ** 20, maxConcurrentStreams: 100 },
    });
    server.on("stream", (stream: http2.ServerHttp2Stream, headers) => {
      const authority = String(headers[":authority"]);
      if (headers[":method"] !== "CONNECT" || /^other/.test(authority)) {
        stream.respond({ ":status": 403 });
        stream.end(Buffer.from("no"));
        return;
      }
      stream.respond({ ":status": 200 });
      serveDuplex(stream, authority);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    client = await dialTest((server.address() as AddressInfo).port, {
      ca: certificates.ca,
      ...certificates.client,
    });
  });
  after(async () => {
    await client.close(AbortSignal.timeout(5000));
    server.close();
  });

  const open = async (authority: string): Promise<Recorder> =>
    new Recorder(await client.open(authority, AbortSignal.timeout(10_000)));

  test("its limit of streams is known", () => {
    assert.equal(client.streamLimit, 100);
  });

  test("a download is exact", async () => {
    const tunnel = await open(`source.test:${bulkMebibytes}`);
    await tunnel.until(() => tunnel.ended);
    tunnel.stream.end();
    assert.equal(tunnel.digest(), digest);
  });

  test("an upload is exact, and the answer comes after our FIN", async () => {
    const tunnel = await open("sink.test:9");
    for (let index = 0; index < bulkMebibytes * chunksPerMebibyte; index += 1)
      await tunnel.send(payloadChunk(index));
    tunnel.stream.end();
    await tunnel.until(() => tunnel.ended);
    assert.equal(tunnel.text, digest);
  });

  test("both ways at once, on eight streams, are exact", async () => {
    const one = async () => {
      const tunnel = await open("echo.test:7");
      for (let index = 0; index < 2 * chunksPerMebibyte; index += 1) await tunnel.send(payloadChunk(index));
      tunnel.stream.end();
      await tunnel.until(() => tunnel.ended);
      return tunnel.digest();
    };
    assert.deepEqual(await Promise.all(Array.from({ length: 8 }, one)), Array(8).fill(payloadDigest(2)));
  });

  test("a foreign refusal is taken as the target's", async () => {
    await assert.rejects(
      open("other.test:1"),
      (error: Error & { traits?: { fault: string; retry: boolean } }) => {
        assert.equal(error.traits?.retry, false);
        return true;
      },
    );
  });

  test("a PING is answered", async () => {
    assert.ok((await client.ping(AbortSignal.timeout(5000))) >= 0);
  });
});
