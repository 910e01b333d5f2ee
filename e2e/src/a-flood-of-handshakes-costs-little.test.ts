import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { QuicClient } from "@octoproxy/quic/options";
import { initialPackets } from "@octoproxy/quic/testing/initial-packet";
import { report } from "./floods/flood-row.ts";
import { Pair } from "./harness/pair.ts";
import { memoryOf } from "./harness/process-figures.ts";
import { visitByQuic } from "./harness/quic-visitor.ts";
import { hostAndPort } from "./harness/raw-tunnel.ts";

const skip = process.platform !== "linux" && "needs /proc";

// R08
test("25 MB of Initial packets without a certificate: little memory, an honest client comes in, who is there stays", {
  skip,
}, async (t) => {
  await using pair = await Pair.start({ transport: "quic" });
  const files = {
    ca: pair.folder.file("certs/ca.crt"),
    cert: pair.folder.file("certs/client/client.crt"),
    key: pair.folder.file("certs/client/client.key"),
  };
  const client = new QuicClient({ ca: await readFile(files.ca, "utf8"), alpn: ["octoproxy/1"] });
  const first = await visitByQuic(pair.serverAddress, files);
  const next = await initialPackets(client);
  const { host, port } = hostAndPort(pair.serverAddress);
  const sockets = Array.from({ length: 8 }, () => createSocket("udp4"));
  const before = await memoryOf(pair.server.pid);
  let worst = 0;
  const waits: number[] = [];
  for (let sent = 0; sent < 25_000_000; ) {
    const batch = Array.from({ length: 500 }, (_, index) => {
      const packet = next();
      sent += packet.length;
      return new Promise((resolve) => sockets[index % 8]!.send(packet, port, host, resolve));
    });
    await Promise.all(batch);
    worst = Math.max(worst, await memoryOf(pair.server.pid));
    if (waits.length === 5) continue;
    const begun = performance.now();
    const honest = await visitByQuic(pair.serverAddress, files);
    waits.push(performance.now() - begun);
    await honest.close();
  }
  for (const socket of sockets) socket.close();
  report(t, {
    kind: "QUIC",
    attack: "25 MB of Initial packets",
    role: "server",
    certificate: "no",
    grownMiB: worst - before,
    honestMs: Math.max(...waits),
    end: `honest clients that had no connection yet: ${waits.map((ms) => ms.toFixed(0)).join(", ")} ms`,
  });
  assert.ok(worst - before < 64, `${before} → ${worst} MiB`);
  assert.ok((await first.ping(AbortSignal.timeout(10_000))) >= 0);
  await first.close();
});
