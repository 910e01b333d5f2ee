import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { describe, test } from "node:test";
import { QuicEndpoint } from "./endpoint.ts";
import { noOpenssl } from "./testing/authority.ts";
import { ChildServer } from "./testing/child-server.ts";
import { initialPackets } from "./testing/initial-packet.ts";
import { alpn, clientSettings, roundTrip, serverSettings } from "./testing/pair.ts";

const mebibyte = 2 ** 20;

describe("handshakes that are never finished", { skip: noOpenssl }, () => {
  test("25 MB of Initial packets cost little memory, and an honest client connects", {
    timeout: 60_000,
  }, async () => {
    using child = await ChildServer.start({ server: { alpn, maxStreams: 16_384 } });
    await using endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
    const settings = clientSettings();
    const first = await endpoint.connect(settings, child.address, "localhost");
    const before = await child.usage();
    const next = await initialPackets();
    const sockets = Array.from({ length: 8 }, () => createSocket("udp4"));
    const port = Number(child.address.split(":")[1]);
    let sent = 0;
    let worst = 0;
    const connectTimes = [];
    while (sent < 25 * 1_000_000) {
      const batch = Array.from({ length: 500 }, (_, index) => {
        const packet = next();
        sent += packet.length;
        return new Promise((resolve) => sockets[index % 8]?.send(packet, port, "127.0.0.1", resolve));
      });
      await Promise.all(batch);
      worst = Math.max(worst, (await child.usage()).rss);
      if (connectTimes.length < 5) {
        const started = performance.now();
        const honest = await endpoint.connect(
          settings,
          child.address,
          "localhost",
          AbortSignal.timeout(10_000),
        );
        connectTimes.push(performance.now() - started);
        honest.close();
      }
    }
    assert.ok(
      worst - before.rss < 64 * mebibyte,
      `the server grew by ${(worst - before.rss) / mebibyte} MiB`,
    );
    assert.ok(Math.max(...connectTimes) < 5_000, `honest clients waited ${connectTimes.join(", ")} ms`);
    assert.equal((await roundTrip(first, Buffer.from("e!"))).toString(), "e!");
    for (const socket of sockets) socket.close();
  });

  test("a handshake that is not finished in time ends, and is told", async () => {
    const told = Promise.withResolvers<string>();
    await using listening = new QuicEndpoint(
      { address: "127.0.0.1:0", server: serverSettings(), handshakeTimeoutMs: 300 },
      { refused: (error) => told.resolve(error.code) },
    );
    const socket = createSocket("udp4");
    const next = await initialPackets();
    socket.send(next(), Number(listening.address.split(":")[1]), "127.0.0.1");
    assert.equal(await told.promise, "TIMEOUT");
    socket.close();
  });
});
