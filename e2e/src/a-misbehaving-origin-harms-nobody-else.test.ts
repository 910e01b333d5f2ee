import assert from "node:assert/strict";
import { test } from "node:test";
import { askAdmin, sampleOf, until } from "./harness/admin.ts";
import { startAnsweringOrigin } from "./harness/answering-origin.ts";
import { Pair } from "./harness/pair.ts";
import { RawPeer } from "./harness/raw-peer.ts";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const counted = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

/** What the origin says before it sends FIN, and what the application gets: a 502, an answer, or one that is cut. */
const answers: Readonly<Record<string, readonly [string, RegExp | "cut"]>> = {
  "status 099": ["HTTP/1.1 099 Odd\r\n\r\n", /^HTTP\/1\.1 502 /],
  "control bytes in the reason": ["HTTP/1.1 200 a\x01b\x1b[31m\r\n\r\n", /^HTTP\/1\.1 502 /],
  "control bytes in a field": ["HTTP/1.1 200 OK\r\nX: \x01\r\n\r\n", /^HTTP\/1\.1 502 /],
  "1,000 interim answers": ["HTTP/1.1 100 Continue\r\n\r\n".repeat(1000), /HTTP\/1\.1 502 /],
  "an odd 101": ["HTTP/1.1 101 Odd\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", /^HTTP\/1\.1 502 /],
  "a header of 20 KB": [`HTTP/1.1 200 OK\r\nX: ${"a".repeat(20_000)}\r\nContent-Length: 2\r\n\r\nok`, /ok$/],
  "a header of 1 MB": [`HTTP/1.1 200 OK\r\nX: ${"a".repeat(1 << 20)}\r\n\r\n`, /^HTTP\/1\.1 502 /],
  "__proto__ and constructor": [
    "HTTP/1.1 200 OK\r\n__proto__: x\r\nconstructor: y\r\nContent-Length: 2\r\n\r\nok",
    /\r\n__proto__: x\r\nconstructor: y\r\n.*ok$/s,
  ],
  "two framings": [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nok",
    /^HTTP\/1\.1 502 /,
  ],
  "a folded field": ["HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", /^HTTP\/1\.1 502 /],
  "HTTP/0.9": ["<html>", /^HTTP\/1\.1 502 /],
  SSH: ["SSH-2.0-x\r\n", /^HTTP\/1\.1 502 /],
  nothing: ["", /^HTTP\/1\.1 502 /],
  "a body that is cut": [`${counted}ab`, "cut"],
  "chunks that are cut": [`${chunked}2\r\nab\r\n`, "cut"],
  "a malformed chunk at once": [`${chunked}2\r\nab\r\nx`, /^HTTP\/1\.1 502 /],
  "a body until its end": ["HTTP/1.1 200 OK\r\n\r\nall of it", /\r\nConnection: close\r\n\r\nall of it$/],
};

// R17
test("odd answers become a 502 or a valid answer, a cut one a reset; others never notice", async (t) => {
  await using pair = await Pair.start({ client: 'metric_address = "127.0.0.1:0"' });
  const admin = await pair.client.listening("admin");
  await using good = await startAnsweringOrigin(async (peer) => {
    for (;;) {
      const head = await peer.take(/\r\n\r\n/);
      const path = head.split(" ")[1] ?? "";
      peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
    }
  });
  using sibling = await RawPeer.connect(pair.proxy);
  let asked = 0;
  const siblingIsServed = async (): Promise<void> => {
    const path = `/sibling/${asked++}`;
    sibling.send(`GET http://${good.address}${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
    assert.ok((await sibling.take(new RegExp(`\\r\\n\\r\\n${path}$`))).startsWith("HTTP/1.1 200 OK\r\n"));
    assert.equal(sibling.received, "");
  };
  for (const [name, [said, wanted]] of Object.entries(answers)) {
    await t.test(name, async () => {
      await using origin = await startAnsweringOrigin(async (peer) => {
        await peer.take(/\r\n\r\n/);
        peer.send(said).end();
      });
      using application = await RawPeer.connect(pair.proxy);
      application.send(`GET http://${origin.address}/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
      const { text, end } = await application.rest();
      if (wanted === "cut")
        assert.deepEqual([end, text.slice(-2) === "\r\n" ? "ab" : text.slice(-2)], ["reset", "ab"]);
      else {
        assert.match(text, wanted);
        assert.equal(end, "fin");
      }
      await siblingIsServed();
    });
  }
  await t.test("a second answer that nobody asked for", async () => {
    await using origin = await startAnsweringOrigin(async (peer) => {
      await peer.take(/\r\n\r\n/);
      peer.send(`${ok}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`);
    });
    using application = await RawPeer.connect(pair.proxy);
    for (let count = 0; count < 2; count++) {
      application.send(`GET http://${origin.address}/ HTTP/1.1\r\nHost: h\r\n\r\n`);
      await application.take(/\r\n\r\nok/);
      assert.equal(application.received, "");
    }
    assert.equal(origin.connections.length, 2);
    await siblingIsServed();
  });
  assert.equal(good.connections.length, 1);
  sibling.end();
  const series = 'octoproxy_tunnels_active{backend="local"}';
  const gauge = async (): Promise<number | undefined> =>
    sampleOf((await askAdmin(admin, "/metrics")).text, series);
  await until(gauge, (active) => active === 0, `${series} at 0`);
});
