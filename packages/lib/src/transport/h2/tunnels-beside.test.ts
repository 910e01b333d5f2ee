// R06 and R21: what happens on a connection does not hurt the tunnels beside it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { ListenerHandlers } from "../transport.ts";
import { echoOnce } from "./testing/echo-once.ts";
import { dialTest, listenTest, portOf } from "./testing/endpoints.ts";
import { payloadDigest } from "./testing/payload.ts";
import { missing } from "./testing/programs.ts";
import { codes, flags, rstStream, settingIds, windowUpdate } from "./testing/raw-frames.ts";
import { RawPeer } from "./testing/raw-peer.ts";
import { makeCertificates, type TestCertificates } from "./testing/test-certificates.ts";
import { serveTunnel } from "./testing/test-targets.ts";
import { dialTls } from "./testing/tls-hop.ts";

const skip = missing("openssl");
const handlers: ListenerHandlers = { connection: () => {}, tunnel: serveTunnel, refused: () => {} };

describe("tunnels beside each other", { skip }, () => {
  let certificates: TestCertificates;
  before(() => {
    certificates = makeCertificates();
  });
  after(() => certificates[Symbol.dispose]());
  const listen = () => listenTest({ ca: certificates.ca, ...certificates.server }, handlers);

  test("R06: 5,000 CONNECTs cancelled at once leave the long download beside them intact", async (t) => {
    const listener = await listen();
    const mebibytes = 64;
    const options = { role: "client", settings: { [settingIds.initialWindowSize]: 0x7fffffff } } as const;
    const peer = new RawPeer(await dialTls(portOf(listener), certificates), options);
    const hash = createHash("sha256");
    peer.onData = (stream, payload) => {
      if (stream === 1) hash.update(payload);
    };
    await peer.send(windowUpdate(0, 0x7fffffff - 65_535), peer.connect(1, `source.test:${mebibytes}`));
    await peer.status(1);
    const startedAt = performance.now();
    for (let id = 3; id < 10_003; ) {
      const parts: Uint8Array[] = [];
      for (let count = 0; count < 250; count += 1, id += 2) {
        parts.push(
          peer.connect(id, count % 2 === 0 ? "wait.test:1" : "echo.test:7"),
          rstStream(id, codes.cancel),
        );
      }
      assert.ok(await peer.send(...parts));
    }
    await peer.roundTrip();
    t.diagnostic(`5,000 opened and cancelled in ${(performance.now() - startedAt).toFixed(0)} ms`);
    await peer.until(() => peer.received.get(1) === mebibytes * 2 ** 20);
    assert.equal(hash.digest("hex"), payloadDigest(mebibytes));
    assert.equal(peer.goaway, undefined);
    peer.destroy();
    listener.destroy();
  });

  test("R06: the same from our client", async () => {
    const listener = await listen();
    const client = await dialTest(portOf(listener), { ca: certificates.ca, ...certificates.client });
    const mebibytes = 64;
    const download = await client.open(`source.test:${mebibytes}`, AbortSignal.timeout(10_000));
    const hash = createHash("sha256");
    const done = new Promise<void>((resolve, reject) => {
      download.own({
        data: (chunk) => {
          hash.update(chunk);
          return true;
        },
        drain: () => {},
        end: resolve,
        reset: reject,
      });
    });
    let given = 0;
    for (let round = 0; round < 50; round += 1) {
      const controller = new AbortController();
      const opening = Array.from({ length: 100 }, () =>
        client.open("wait.test:1", controller.signal).catch(() => {
          given += 1;
        }),
      );
      await new Promise((resolve) => setImmediate(resolve));
      controller.abort(new Error("given up"));
      await Promise.all(opening);
    }
    assert.equal(given, 5000);
    await done;
    assert.equal(hash.digest("hex"), payloadDigest(mebibytes));
    assert.equal(client.draining, false);
    await echoOnce(client);
    client.destroy();
    listener.destroy();
  });

  for (const unread of [8, 100, 400]) {
    test(`R21: ${unread} unread downloads do not stop another tunnel of their connection`, async (t) => {
      const listener = await listen();
      const client = await dialTest(portOf(listener), { ca: certificates.ca, ...certificates.client });
      let full = 0;
      for (let count = 0; count < unread; count += 1) {
        const stream = await client.open("source.test:16", AbortSignal.timeout(10_000));
        stream.own({
          data: () => {
            full += 1;
            return false;
          },
          drain: () => {},
          end: () => {},
          reset: () => {},
        });
      }
      // What the windows allow has come once nothing more comes: each echo is behind what was sent before it.
      let slowest = 0;
      for (let round = 0; round < 1000; round += 1) {
        const startedAt = performance.now();
        await echoOnce(client, "x".repeat(1000));
        slowest = Math.max(slowest, performance.now() - startedAt);
      }
      assert.ok(full >= unread, "every download has begun");
      t.diagnostic(`1,000 echoes beside ${unread} unread downloads, the slowest ${slowest.toFixed(1)} ms`);
      client.destroy();
      listener.destroy();
    });
  }

  test("R21: an upload whose reader stands still bounds its writer and nobody else", async () => {
    const listener = await listen();
    const peer = new RawPeer(await dialTls(portOf(listener), certificates), { role: "client" });
    await peer.send(peer.connect(1, "stuck.test:1"));
    assert.equal(await peer.status(1), "200");
    await peer.send(
      peer.headers(
        3,
        [
          [":method", "CONNECT"],
          [":authority", "echo.test:7"],
        ],
        flags.endHeaders,
      ),
    );
    assert.equal(await peer.status(3), "200");
    await peer.roundTrip();
    assert.equal(
      peer.frames.filter((one) => one.type === 8 && one.stream === 1).length,
      0,
      "no credit for it",
    );
    peer.destroy();
    listener.destroy();
  });
});
