// R06
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  codes,
  flags,
  frame,
  rstStream,
  settingIds,
  types,
  windowUpdate,
} from "@octoproxy/lib/transport/h2/testing/raw-frames";
import { RawPeer } from "@octoproxy/lib/transport/h2/testing/raw-peer";
import { makeCertificates } from "@octoproxy/lib/transport/h2/testing/test-certificates";
import { dialTls } from "@octoproxy/lib/transport/h2/testing/tls-hop";
import { askAdmin, until } from "./harness/admin.ts";
import { DaemonProcess } from "./harness/daemon-process.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { fillBacklog } from "./harness/full-backlog.ts";
import { patternDigest, startOrigin } from "./harness/origin.ts";
import { Folder } from "./harness/pair.ts";
import { needs } from "./harness/programs.ts";
import { hostAndPort } from "./harness/raw-tunnel.ts";

const cancelled = 5_000;
const size = 256 << 20;

test("5,000 CONNECTs cancelled as fast as they can be sent by a verified client: its download is whole, no GOAWAY, another client is served", {
  skip: needs("openssl"),
}, async (t) => {
  await using folder = await Folder.make();
  using certificates = makeCertificates();
  const { cert, key } = certificates.server;
  const file = await folder.write(
    "server.toml",
    `listen_address = "127.0.0.1:0"\nmetric_address = "127.0.0.1:0"\nauth_cert = "${cert}"\nauth_key = "${key}"\nclient_ca = "${certificates.ca}"\n`,
  );
  await using server = new DaemonProcess(["server", "-c", file]);
  const { port } = hostAndPort(await server.listening("http2"));
  const admin = await server.listening("admin");
  await using origin = await startOrigin();
  await using echo = await EchoTarget.start();
  await using slow = await fillBacklog();

  const peer = new RawPeer(await dialTls(port, certificates), {
    role: "client",
    settings: { [settingIds.initialWindowSize]: 0x7fffffff },
  });
  const hash = createHash("sha256");
  let head = "";
  peer.onData = (stream, payload) => {
    if (stream !== 1) return;
    const end = head.includes("\r\n\r\n") ? 0 : payload.indexOf("\r\n\r\n") + 4;
    if (end > 0) head += payload.toString("latin1", 0, end);
    hash.update(payload.subarray(end));
  };
  await peer.send(windowUpdate(0, 0x7fffffff - 65_535), peer.connect(1, origin.address));
  assert.equal(await peer.status(1), "200");
  const asking = Buffer.from(
    `GET /bytes/${size} HTTP/1.1\r\nHost: ${origin.address}\r\nConnection: close\r\n\r\n`,
  );
  await peer.send(frame(types.data, flags.none, 1, asking));

  const startedAt = performance.now();
  for (let id = 3; id < 3 + 2 * cancelled; ) {
    const parts: Uint8Array[] = [];
    for (let count = 0; count < 250; count += 1, id += 2) {
      const target = count % 2 === 0 ? echo.address : slow.address;
      parts.push(peer.connect(id, target), rstStream(id, codes.cancel));
    }
    assert.ok(await peer.send(...parts));
  }
  await peer.roundTrip();
  const tookMs = performance.now() - startedAt;
  const beside = new RawPeer(await dialTls(port, certificates), { role: "client" });
  await beside.send(beside.connect(1, echo.address));
  assert.equal(await beside.status(1), "200");
  const served = performance.now() - startedAt;
  t.diagnostic(
    `5,000 opened and cancelled in ${tookMs.toFixed(0)} ms; another client served after ${served.toFixed(0)} ms`,
  );
  await peer.until(() => (peer.received.get(1) ?? 0) >= head.length + size && head.length > 0);
  assert.equal(hash.digest("hex"), patternDigest(size));
  assert.equal(peer.goaway, undefined);
  assert.ok(server.running);
  peer.destroy();
  beside.destroy();
  const active = async (): Promise<string> => (await askAdmin(admin, "/metrics")).text;
  const zero = (text: string): boolean =>
    [...text.matchAll(/^octoproxy_tunnels_active(?:\{[^}]*\})? (\d+)$/gm)].every(
      ([, count]) => count === "0",
    );
  await until(active, zero, "gauges at 0");
});
