import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "../../error/proxy-error.ts";
import type { ClientConnection } from "../transport.ts";
import { hasCode, turnsUntil, within } from "./expect.ts";
import { sendPayload } from "./payload.ts";
import { type MakeTransport, TestBed } from "./test-bed.ts";

/** The connection's life: ping, graceful close from either side, destroy, sudden death, refusal. */
export const lifeSuite = (make: MakeTransport): void => {
  test("a ping measures the round trip, from either side, several at once", async () => {
    await using bed = await TestBed.start(make);
    const client = await bed.connect();
    await bed.pair(client);
    const trips = await Promise.all([
      client.ping(within(10_000)),
      client.ping(within(10_000)),
      bed.serverConnections[0]!.ping(within(10_000)),
    ]);
    for (const trip of trips) assert.ok(Number.isFinite(trip) && trip >= 0 && trip < 10_000, `${trip}`);
  });

  test("an aborted ping rejects with the signal's reason", async () => {
    await using bed = await TestBed.start(make);
    const client = await bed.connect();
    const reason = new Error("no more patience");
    await assert.rejects(client.ping(AbortSignal.abort(reason)), reason);
    const controller = new AbortController();
    const pinging = client.ping(controller.signal);
    controller.abort(reason);
    await assert.rejects(pinging, reason);
    await client.ping(within(10_000));
  });

  test("close by the client lets its tunnel finish and takes no new one", async () => {
    await using bed = await TestBed.start(make);
    const { client, near, far } = await bed.pair();
    const closing = client.close();
    assert.equal(client.draining, true);
    await client.drainBegun;
    await assert.rejects(client.open("example.test:443", within(10_000)), hasCode("BACKEND_DRAINING"));
    const sum = await sendPayload(far, 1 << 20, 31);
    far.stream.end();
    await near.until(() => near.ended);
    assert.equal(near.digest(), sum);
    await near.send(Buffer.from("bye"));
    near.stream.end();
    await far.until(() => far.ended);
    assert.equal(far.text, "bye");
    await closing;
    assert.equal(await client.closed, undefined);
    assert.equal(await bed.serverConnections[0]!.closed, undefined);
    await client.close();
    client.destroy();
    await assert.rejects(
      client.open("example.test:443", within(10_000)),
      hasCode("BACKEND_DRAINING", "BACKEND_LOST"),
    );
  });

  test("close by the server tells the client, lets its tunnel finish and takes no new one", async () => {
    await using bed = await TestBed.start(make);
    const { client, near, far } = await bed.pair();
    const closing = bed.transport.listener.close();
    await refusesNewTunnels(client);
    await client.drainBegun;
    const sum = await sendPayload(near, 1 << 20, 32);
    near.stream.end();
    await far.until(() => far.ended);
    assert.equal(far.digest(), sum);
    far.stream.end();
    await near.until(() => near.ended);
    await closing;
    assert.equal(await bed.serverConnections[0]!.closed, undefined);
    await client.closed;
    await assert.rejects(bed.connect());
  });

  test("close of an idle connection is done at once, on both sides", async () => {
    await using bed = await TestBed.start(make);
    const client = await bed.connect();
    await client.ping(within(10_000));
    await client.close();
    assert.equal(await client.closed, undefined);
    await bed.serverConnections[0]!.closed;
  });

  test("an aborted close destroys", async () => {
    await using bed = await TestBed.start(make);
    const { client, near, far } = await bed.pair();
    const controller = new AbortController();
    const closing = client.close(controller.signal);
    controller.abort();
    await closing;
    await near.until(() => near.failure !== undefined);
    await far.until(() => far.failure !== undefined);
    assert.equal(client.openStreams, 0);
  });

  for (const side of ["client", "server"] as const) {
    test(`destroy by the ${side} resets its owners and the other side's`, async () => {
      await using bed = await TestBed.start(make);
      const { client, near, far } = await bed.pair();
      bed.onTunnel = null;
      const waiting = client.open("example.test:443", within(10_000));
      await bed.until(() => bed.tunnels.length === 2);
      const server = bed.serverConnections[0]!;
      const [connection, here, there] = side === "client" ? [client, near, far] : [server, far, near];
      const error = new ProxyError("ABORTED", { detail: "pulled the plug" });
      connection.destroy(error);
      connection.destroy();
      await assert.rejects(waiting);
      await here.until(() => here.failure !== undefined);
      await there.until(() => there.failure !== undefined);
      assert.equal(here.failure, error);
      assert.equal(await connection.closed, error);
      hasCode("RESET", "BACKEND_LOST")(there.failure);
      await Promise.all([client.closed, server.closed]);
      assert.deepEqual([client.draining, client.openStreams, server.openStreams], [true, 0, 0]);
      assert.equal(bed.tunnels[1]!.cancelled.aborted, true);
    });
  }

  test("sudden death is told to every owner, open and ping, on both sides", async () => {
    await using bed = await TestBed.start(make);
    const { client, near, far } = await bed.pair();
    bed.onTunnel = null;
    const opening = client.open("example.test:443", within(10_000));
    await bed.until(() => bed.tunnels.length === 2);
    near.reading = false;
    void sendPayload(far, 1 << 20, 33);
    bed.transport.cut();
    const pinging = client.ping(within(10_000));
    await assert.rejects(opening, hasCode("BACKEND_LOST"));
    await assert.rejects(pinging, hasCode("BACKEND_LOST"));
    await near.until(() => near.failure !== undefined);
    await far.until(() => far.failure !== undefined);
    assert.deepEqual([near.failure?.code, far.failure?.code], ["BACKEND_LOST", "BACKEND_LOST"]);
    assert.ok((await client.closed) instanceof ProxyError);
    assert.ok((await bed.serverConnections[0]!.closed) instanceof ProxyError);
    await turnsUntil(() => bed.tunnels[1]!.cancelled.aborted);
    assert.deepEqual([client.draining, client.openStreams], [true, 0]);
    await client.close();
  });

  test("a client that the server refuses is told why, in words", async () => {
    await using bed = await TestBed.start(make);
    const words = "the certificate CN=laptop is not for clients (extendedKeyUsage: serverAuth)";
    bed.onConnection = () => {
      throw new ProxyError("CERTIFICATE_REFUSED", { detail: words });
    };
    await assert.rejects(bed.connect(), (error: unknown) => {
      hasCode("CERTIFICATE_REFUSED")(error);
      assert.match((error as ProxyError).message, /CN=laptop is not for clients/);
      return true;
    });
    await bed.until(() => bed.refusals.length === 1);
    assert.equal(bed.refusals[0]!.error.message, words);
    assert.equal(bed.serverConnections.length, 0);
    bed.onConnection = undefined;
    const { near, far } = await bed.pair();
    await near.send(Buffer.from("next one"));
    await far.until(() => far.text === "next one");
  });

  test("an aborted connect rejects and leaves nothing", async () => {
    await using bed = await TestBed.start(make);
    const reason = new Error("no more patience");
    await assert.rejects(bed.transport.connect(AbortSignal.abort(reason)), reason);
    await bed.pair();
    assert.equal(bed.serverConnections.length, 1);
  });
};

/** A draining server may still take what was under way when it said so: GOAWAY comes in two steps (RFC 9113 6.8). */
const refusesNewTunnels = async (client: ClientConnection): Promise<void> => {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      (await client.open("example.test:443", within(10_000))).reset();
    } catch (error) {
      hasCode("BACKEND_DRAINING", "DRAINING")(error);
      return;
    }
  }
  throw new Error("a draining server took 100 new tunnels");
};
