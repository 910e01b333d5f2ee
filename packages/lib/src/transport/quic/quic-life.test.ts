import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { QuicConnection } from "@octoproxy/quic/connection";
import { QuicEndpoint } from "@octoproxy/quic/endpoint";
import { engine } from "@octoproxy/quic/engine";
import { ProxyError } from "../../error/proxy-error.ts";
import { hasCode, within } from "../conformance/expect.ts";
import { Recorder } from "../conformance/recorder.ts";
import type { ListenerHandlers } from "../transport.ts";
import { whyNoQuic } from "./availability.ts";
import { QuicServerConnection } from "./server-connection.ts";
import { testConnect, testListener } from "./testing/loopback.ts";
import { UdpRelay } from "./testing/udp-relay.ts";

/** Accepts every tunnel and sends back what comes. */
const echoing: ListenerHandlers = {
  connection: () => {},
  refused: () => {},
  tunnel: (tunnel) => {
    const stream = tunnel.accept();
    stream.own({
      data: (chunk) => stream.write(chunk),
      drain: () => stream.resume(),
      end: () => stream.end(),
      reset: () => {},
    });
  },
};

/** A port where nobody listens. */
const deadAddress = async (): Promise<string> => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address() as AddressInfo;
  socket.close();
  return `127.0.0.1:${port}`;
};

test("a NAT that changes its port in the middle keeps connection and tunnels", async () => {
  const listener = testListener(echoing);
  const relay = await UdpRelay.start(listener.address);
  const connection = await testConnect(relay.address, within(10_000));
  const near = new Recorder(await connection.open("example.test:1", within(10_000)));
  await near.send(Buffer.from("before "));
  await near.until(() => near.text === "before ");
  relay.rebind();
  await near.send(Buffer.from("after"));
  await near.until(() => near.text === "before after");
  assert.equal(connection.draining, false);
  await connection.ping(within(10_000));
  connection.destroy();
  relay.close();
  listener.destroy();
});

test("a server that was restarted with the same key is noticed at the next packet, not at the idle timeout", async () => {
  const first = testListener(echoing);
  const relay = await UdpRelay.start(first.address);
  const connection = await testConnect(relay.address, within(10_000), { keepAliveIntervalMs: 200 });
  const near = new Recorder(await connection.open("example.test:1", within(10_000)));
  const second = testListener(echoing);
  relay.retarget(second.address);
  relay.rebind();
  const end = await connection.closed;
  hasCode("BACKEND_LOST")(end);
  assert.match(end?.message ?? "", /forgotten/);
  await near.until(() => near.failure !== undefined);
  assert.equal(near.failure?.code, "BACKEND_LOST");
  relay.close();
  first.destroy();
  second.destroy();
});

test("of several addresses a silent one costs a quarter of a second, not the deadline", async () => {
  const listener = testListener(echoing);
  const addresses = [await deadAddress(), listener.address];
  const connection = await testConnect("", within(10_000), {}, { resolve: async () => addresses });
  assert.equal(connection.remoteAddress, listener.address);
  await connection.close();
  listener.destroy();
});

test("where nobody answers, names do not resolve or there is no address, the backend is unreachable", async () => {
  const address = await deadAddress();
  const refuse = (resolve: () => Promise<readonly string[]>) =>
    assert.rejects(
      testConnect("", within(10_000), {}, { resolve, handshakeTimeoutMs: 300 }),
      hasCode("BACKEND_UNREACHABLE"),
    );
  await refuse(async () => [address]);
  await refuse(async () => [address, await deadAddress()]);
  await refuse(async () => []);
  await refuse(() => Promise.reject(new Error("no such name")));
});

test("a connect that is given up while it waits says the signal's reason", async () => {
  const address = await deadAddress();
  const controller = new AbortController();
  const connecting = testConnect(address, controller.signal);
  const reason = new ProxyError("BACKEND_TIMEOUT");
  setImmediate(() => controller.abort(reason));
  await assert.rejects(connecting, reason);
});

test("material is swapped on a live listener; what does not fit together changes nothing", async () => {
  const { testCertificates } = await import("../h2/testing/certificates.ts");
  const listener = testListener(echoing);
  const before = await testConnect(listener.address, within(10_000));
  assert.throws(() => listener.setTls({ ...testCertificates(), key: "nonsense" }));
  listener.setTls(testCertificates());
  const after = await testConnect(listener.address, within(10_000));
  await Promise.all([before.ping(within(10_000)), after.ping(within(10_000))]);
  await Promise.all([before.close(), after.close()]);
  listener.destroy();
});

test("a listener whose socket dies by a fault says so, and serves again on its port", async () => {
  const reasons: string[] = [];
  const listener = testListener({ ...echoing, reopening: ({ message }) => reasons.push(message) });
  const before = await testConnect(listener.address, within(10_000), { keepAliveIntervalMs: 50 });
  const near = new Recorder(await before.open("example.test:1", within(10_000)));
  for (const endpoint of engine().endpoints.values()) {
    if (endpoint instanceof QuicEndpoint && endpoint.address === listener.address) endpoint.provokePanic();
  }
  await near.send(Buffer.from("wakes the driver"));
  hasCode("BACKEND_LOST")(await before.closed);
  await near.until(() => near.failure !== undefined);
  assert.deepEqual(reasons.length, 1);
  const after = await testConnect(listener.address, within(20_000), {}, { handshakeTimeoutMs: 20_000 });
  await after.ping(within(10_000));
  await after.close();
  await listener.close();
});

test("the congestion control that is asked for is at work, on either side", async () => {
  const quics: QuicConnection[] = [];
  const remember: ListenerHandlers = {
    ...echoing,
    connection: (connection) => {
      if (connection instanceof QuicServerConnection) quics.push(connection.quic);
    },
  };
  for (const congestion of ["cubic", "bbr", "reno"] as const) {
    const listener = testListener(remember, { congestion });
    const connection = await testConnect(listener.address, within(10_000), { congestion });
    assert.equal(connection.quic.congestion, congestion);
    assert.equal(quics.at(-1)?.congestion, congestion);
    await connection.close();
    await listener.close();
  }
});

test("a head that does not come whole in time ends its stream, and nothing else", async () => {
  let tunnels = 0;
  const counting = { ...echoing, tunnel: () => void tunnels++ };
  const listener = testListener(counting, {}, { headTimeoutMs: 100 });
  const connection = await testConnect(listener.address, within(10_000));
  const stream = await connection.quic.open();
  const aborted = Promise.withResolvers<number | undefined>();
  stream.use({
    readable: () => stream.watchReset(),
    writable() {},
    stopped() {},
    aborted: ({ peerCode }) => aborted.resolve(peerCode),
  });
  stream.write(Buffer.from([0x00, 0x10, 0x61]));
  stream.watchReset();
  assert.equal(await aborted.promise, 1);
  await connection.ping(within(10_000));
  assert.equal(tunnels, 0);
  await connection.close();
  listener.destroy();
});

test("a taken port is an error at once", () => {
  const listener = testListener(echoing);
  const port = Number(listener.address.split(":")[1]);
  assert.throws(() => testListener(echoing, {}, { port }), /in use/i);
  listener.destroy();
});

test("with the addon at hand there is no reason against QUIC", () => {
  assert.equal(whyNoQuic(), undefined);
});

/** The event loop stands still, as it does under load, while packets arrive. */
const standStill = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

test("a tunnel that the client gave up while the server was about to accept it ends", async () => {
  const gaveUp = new AbortController();
  const accepted = Promise.withResolvers<Recorder>();
  const listener = testListener({
    ...echoing,
    tunnel: (tunnel) => {
      gaveUp.abort();
      standStill(500);
      accepted.resolve(new Recorder(tunnel.accept()));
    },
  });
  const connection = await testConnect(listener.address, within(10_000));
  await assert.rejects(connection.open("example.test:1", gaveUp.signal));
  const far = await accepted.promise;
  await far.until(() => far.failure !== undefined);
  assert.equal(connection.openStreams, 0);
  connection.destroy();
  listener.destroy();
});
