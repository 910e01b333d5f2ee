import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "../../error/proxy-error.ts";
import { refusalOf } from "../../tunnel/proxy-status.ts";
import { hasCode, turnsUntil, within } from "./expect.ts";
import { Recorder } from "./recorder.ts";
import { type MakeTransport, TestBed } from "./test-bed.ts";

/** Opening, accepting, refusing, giving up, the stream limit. */
export const openingSuite = (make: MakeTransport): void => {
  test("a tunnel opens when the server accepts, and carries the target", async () => {
    await using bed = await TestBed.start(make);
    const client = await bed.connect();
    assert.equal(client.draining, false);
    assert.equal(client.openStreams, 0);
    bed.onTunnel = null;
    const opening = client.open("[2001:db8::1]:8443", within(10_000));
    await bed.until(() => bed.tunnels.length === 1);
    assert.equal(bed.tunnels[0]!.authority, "[2001:db8::1]:8443");
    assert.equal(bed.tunnels[0]!.connection, bed.serverConnections[0]);
    assert.equal(bed.tunnels[0]!.cancelled.aborted, false);
    assert.equal(client.openStreams, 1);
    const far = new Recorder(bed.tunnels[0]!.accept());
    const near = new Recorder(await opening);
    await near.send(Buffer.from("ping"));
    await far.until(() => far.text === "ping");
    await far.send(Buffer.from("pong"));
    await near.until(() => near.text === "pong");
  });

  test("a refusal arrives with its code, its next hop and its words", async () => {
    await using bed = await TestBed.start(make);
    const client = await bed.connect();
    for (const code of ["CONNECTION_REFUSED", "DNS_TIMEOUT", "TARGET_PROHIBITED", "CLIENT_LIMIT"] as const) {
      const error = new ProxyError(code, { nextHop: "203.0.113.7:8443", detail: `no: "${code}", said so` });
      bed.onTunnel = (tunnel) => tunnel.refuse(refusalOf(error, "octoproxy-server"));
      await assert.rejects(client.open("example.test:443", within(10_000)), (told: unknown) => {
        assert.ok(told instanceof ProxyError);
        assert.deepEqual([told.code, told.nextHop, told.message], [code, error.nextHop, error.message]);
        return true;
      });
    }
    await turnsUntil(() => client.openStreams === 0 && bed.serverConnections[0]!.openStreams === 0);
  });

  test("an open with an aborted signal sends nothing", async () => {
    await using bed = await TestBed.start(make);
    const client = await bed.connect();
    const reason = new Error("changed my mind");
    await assert.rejects(client.open("example.test:443", AbortSignal.abort(reason)), reason);
    assert.equal(client.openStreams, 0);
    await client.ping(within(10_000));
    assert.equal(bed.tunnels.length, 0);
  });

  test("aborting a waiting open tells the server, which may still answer", async () => {
    await using bed = await TestBed.start(make);
    const client = await bed.connect();
    bed.onTunnel = null;
    for (const late of ["accept", "refuse"] as const) {
      const controller = new AbortController();
      const opening = client.open("example.test:443", controller.signal);
      const before = bed.tunnels.length;
      await bed.until(() => bed.tunnels.length > before);
      const tunnel = bed.tunnels[before]!;
      const reason = new Error("changed my mind");
      controller.abort(reason);
      await assert.rejects(opening, reason);
      assert.equal(client.openStreams, 0);
      if (!tunnel.cancelled.aborted) {
        await new Promise((resolve) => tunnel.cancelled.addEventListener("abort", resolve, { once: true }));
      }
      if (late === "refuse") tunnel.refuse(refusalOf(new ProxyError("INTERNAL"), "octoproxy-server"));
      else {
        const far = new Recorder(tunnel.accept());
        await far.until(() => far.failure !== undefined);
      }
      await turnsUntil(() => bed.serverConnections[0]!.openStreams === 0);
    }
  });

  test("a signal that is aborted after the open does not touch the tunnel", async () => {
    await using bed = await TestBed.start(make);
    const client = await bed.connect();
    let far: Recorder | undefined;
    bed.onTunnel = (tunnel) => {
      far = new Recorder(tunnel.accept());
    };
    const controller = new AbortController();
    const near = new Recorder(await client.open("example.test:443", controller.signal));
    controller.abort();
    await near.send(Buffer.from("still here"));
    await far!.until(() => far!.text === "still here");
  });

  test("at the stream limit an open fails before a byte is sent, and works again below it", async () => {
    await using bed = await TestBed.start(make, { streamLimit: 3 });
    const client = await bed.connect();
    assert.equal(client.streamLimit, 3);
    const pairs = [await bed.pair(client), await bed.pair(client), await bed.pair(client)];
    await assert.rejects(client.open("example.test:443", within(10_000)), hasCode("STREAM_LIMIT"));
    await client.ping(within(10_000));
    assert.equal(bed.tunnels.length, 3);
    pairs[1]!.near.abort();
    await pairs[1]!.far.until(() => pairs[1]!.far.failure !== undefined);
    const again = await bed.pair(client);
    await again.near.send(Buffer.from("room"));
    await again.far.until(() => again.far.text === "room");
  });

  test("2,000 tunnels at once do not mix their bytes", { timeout: 60_000 }, async () => {
    await using bed = await TestBed.start(make, { streamLimit: 2_000 });
    const client = await bed.connect();
    bed.onTunnel = (tunnel) => {
      const stream = tunnel.accept();
      const far = new Recorder(stream);
      void far
        .until(() => far.ended)
        .then(() => {
          stream.write(Buffer.from(`${tunnel.authority} ${far.text}`));
          stream.end();
        });
    };
    const ask = async (number: number) => {
      const near = new Recorder(await client.open(`host-${number}.test:80`, within(50_000)));
      await near.send(Buffer.from(`question ${number}`));
      return near;
    };
    const all = await Promise.all(Array.from({ length: 2_000 }, (_, number) => ask(number)));
    assert.equal(client.openStreams, 2_000);
    for (const near of all) near.stream.end();
    for (const [number, near] of all.entries()) {
      await near.until(() => near.ended);
      assert.equal(near.text, `host-${number}.test:80 question ${number}`);
    }
    await turnsUntil(() => client.openStreams === 0 && bed.serverConnections[0]!.openStreams === 0);
  });
};
