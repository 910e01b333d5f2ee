import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { QuicEndpoint } from "./endpoint.ts";
import { noOpenssl } from "./testing/authority.ts";
import { ChildServer } from "./testing/child-server.ts";
import { clientSettings, makePair, roundTrip } from "./testing/pair.ts";

const ignored = { readable() {}, writable() {}, stopped() {}, aborted() {} };

describe("signs of life", { skip: noOpenssl }, () => {
  for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
    test(`a peer that got ${signal} is noticed by the idle timeout`, async () => {
      using child = await ChildServer.start();
      await using endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
      const settings = clientSettings({ maxIdleTimeoutMs: 1_000, keepAliveIntervalMs: 300 });
      const connection = await endpoint.connect(settings, child.address, "localhost");
      const stream = await connection.open();
      const aborted = Promise.withResolvers<string>();
      stream.use({ ...ignored, aborted: (error) => aborted.resolve(error.code) });
      await roundTrip(connection, Buffer.from("e"));
      child.process.kill(signal);
      assert.equal((await connection.closed).code, "TIMEOUT");
      assert.equal(await aborted.promise, "TIMEOUT");
    });
  }

  test("a server that was killed and started again is noticed at the next packet", async () => {
    const resetKey = "5a".repeat(64);
    let child = await ChildServer.start({ resetKey });
    const { address } = child;
    await using endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
    const settings = clientSettings({ maxIdleTimeoutMs: 60_000, keepAliveIntervalMs: 200 });
    const connection = await endpoint.connect(settings, address, "localhost");
    await roundTrip(connection, Buffer.from("e"));
    child.process.kill("SIGKILL");
    await once(child.process, "exit");
    child = await ChildServer.start({ resetKey, endpoint: { address } });
    try {
      const started = performance.now();
      assert.equal((await connection.closed).code, "FORGOTTEN");
      assert.ok(performance.now() - started < 20_000);
      await endpoint.connect(settings, address, "localhost");
    } finally {
      child[Symbol.dispose]();
    }
  });

  test("a port where nobody listens is only told by the deadline of the attempt", async () => {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address() as AddressInfo;
    socket.close();
    await using endpoint = new QuicEndpoint({ address: "127.0.0.1:0", handshakeTimeoutMs: 400 });
    const settings = clientSettings();
    await assert.rejects(endpoint.connect(settings, `127.0.0.1:${port}`, "localhost"), { code: "TIMEOUT" });
    const reason = new Error("no more patience");
    const controller = new AbortController();
    const connecting = endpoint.connect(settings, `127.0.0.1:${port}`, "localhost", controller.signal);
    controller.abort(reason);
    await assert.rejects(connecting, reason);
    await assert.rejects(
      endpoint.connect(settings, `127.0.0.1:${port}`, "localhost", AbortSignal.abort(reason)),
      reason,
    );
  });

  test("another local port (network change, NAT) keeps the connection and its streams", async () => {
    await using pair = await makePair();
    const before = pair.server.remoteAddress;
    await roundTrip(pair.client, Buffer.from("before"));
    pair.clientEndpoint.rebind("127.0.0.1:0");
    assert.equal((await roundTrip(pair.client, Buffer.from("after"))).toString(), "after");
    const after = pair.server.remoteAddress;
    assert.notEqual(after, before);
    assert.equal(after, pair.clientEndpoint.address);
    assert.equal(pair.client.error, undefined);
  });

  test("round trip, window, losses and bytes can be asked for while it lives", async () => {
    await using pair = await makePair();
    await roundTrip(pair.client, Buffer.alloc(500_000));
    const stats = pair.client.stats();
    assert.ok(stats !== undefined);
    assert.ok(stats.rttMs > 0 && stats.minRttMs > 0 && stats.congestionWindow > 10_000);
    assert.ok(stats.sentBytes > 500_000 && stats.receivedBytes > 500_000);
    assert.equal(stats.remoteAddress, pair.serverEndpoint.address);
    pair.client.close(3, "done");
    assert.equal((await pair.client.closed).code, "CLOSED");
    assert.equal(pair.client.stats(), undefined);
    assert.throws(() => pair.client.tryOpen(), { code: "CLOSED" });
    assert.equal(pair.client.remoteAddress, pair.serverEndpoint.address);
  });

  test("datagrams go both ways where both sides want them", async () => {
    const transport = { datagramBuffer: 65_536 };
    await using pair = await makePair({ serverTransport: transport, clientTransport: transport });
    const answer = Promise.withResolvers<string>();
    pair.server.use({
      datagram: (data) => pair.server.sendDatagram(Buffer.from(`got ${Buffer.from(data)}`)),
    });
    pair.client.use({ datagram: (data) => answer.resolve(Buffer.from(data).toString()) });
    assert.ok(pair.client.maxDatagramSize > 1000);
    pair.client.sendDatagram(Buffer.from("one"));
    assert.equal(await answer.promise, "got one");
    assert.throws(() => pair.client.sendDatagram(Buffer.alloc(70_000)), { code: "BAD_OPTION" });
    await using without = await makePair();
    assert.equal(without.client.maxDatagramSize, 0);
    assert.throws(() => without.client.sendDatagram(Buffer.from("x")), { code: "BAD_OPTION" });
  });
});
