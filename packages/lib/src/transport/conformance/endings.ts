import assert from "node:assert/strict";
import { test } from "node:test";
import { turnsUntil, within } from "./expect.ts";
import { sendPayload } from "./payload.ts";
import { Recorder } from "./recorder.ts";
import { type MakeTransport, TestBed } from "./test-bed.ts";

const megabyte = 1 << 20;

/** How a tunnel ends: half-close each way, both, and resets. */
export const endingsSuite = (make: MakeTransport): void => {
  for (const first of ["client", "server"] as const) {
    test(`after the ${first}'s FIN the other way goes on: 1 MB, then its FIN`, async () => {
      await using bed = await TestBed.start(make);
      const { client, near, far } = await bed.pair();
      const [early, late] = first === "client" ? [near, far] : [far, near];
      await early.send(Buffer.from("the last word"));
      early.stream.end();
      await late.until(() => late.ended);
      assert.equal(late.text, "the last word");
      assert.equal(early.ended, false);
      const sum = await sendPayload(late, megabyte, 21);
      late.stream.end();
      await early.until(() => early.ended);
      assert.equal(early.digest(), sum);
      await turnsUntil(() => client.openStreams === 0 && bed.serverConnections[0]!.openStreams === 0);
      assert.deepEqual([near.failure, far.failure], [undefined, undefined]);
    });

    test(`a reset by the ${first} arrives as a reset, not as an end`, async () => {
      await using bed = await TestBed.start(make);
      const client = await bed.connect();
      for (const state of ["idle", "busy", "paused", "half-closed"] as const) {
        const { near, far } = await bed.pair(client);
        const [from, to] = first === "client" ? [near, far] : [far, near];
        if (state === "half-closed") {
          to.stream.end();
          await from.until(() => from.ended);
        }
        if (state === "paused") to.reading = false;
        if (state === "busy" || state === "paused") {
          void sendPayload(from, 256 * 1024, 22);
          void sendPayload(to, 256 * 1024, 23);
          await to.until(() => to.received > 0);
        }
        from.abort();
        await to.until(() => to.failure !== undefined);
        assert.equal(to.failure?.code, "RESET", state);
        assert.equal(to.ended, false, state);
        await turnsUntil(() => client.openStreams === 0 && bed.serverConnections[0]!.openStreams === 0);
      }
      await client.ping(within(10_000));
    });
  }

  test("both ends may reset at the same time", async () => {
    await using bed = await TestBed.start(make);
    const { client, near, far } = await bed.pair();
    near.abort();
    far.abort();
    await client.ping(within(10_000));
    await turnsUntil(() => client.openStreams === 0 && bed.serverConnections[0]!.openStreams === 0);
  });

  test("a reset before the stream is owned reaches its later owner", async () => {
    await using bed = await TestBed.start(make);
    const client = await bed.connect();
    bed.onTunnel = (tunnel) => {
      const stream = tunnel.accept();
      stream.write(Buffer.from("never mind"));
      setImmediate(() => stream.reset());
    };
    // The reset may overtake the answer: then the open itself fails.
    const stream = await client.open("example.test:443", within(10_000)).catch(() => undefined);
    await turnsUntil(() => client.openStreams === 0);
    if (stream === undefined) return;
    const near = new Recorder(stream);
    await near.until(() => near.failure !== undefined);
    assert.equal(near.failure?.code, "RESET");
  });

  test("a stream that is reset before it is owned calls nobody", async () => {
    await using bed = await TestBed.start(make);
    const client = await bed.connect();
    let far: Recorder | undefined;
    bed.onTunnel = (tunnel) => {
      far = new Recorder(tunnel.accept());
    };
    const stream = await client.open("example.test:443", within(10_000));
    stream.reset();
    const near = new Recorder(stream);
    near.abort();
    await far!.until(() => far!.failure !== undefined);
    await client.ping(within(10_000));
  });

  test("after end and after reset, write, end and resume are no-ops", async () => {
    await using bed = await TestBed.start(make);
    const { client, near, far } = await bed.pair();
    await near.send(Buffer.from("all"));
    near.stream.end();
    near.stream.end();
    assert.equal(near.stream.write(Buffer.alloc(200_000)), true);
    await far.until(() => far.ended);
    assert.equal(far.text, "all");
    await far.send(Buffer.from("answer"));
    await near.until(() => near.text === "answer");
    near.abort();
    assert.equal(near.stream.write(Buffer.alloc(200_000)), true);
    near.stream.end();
    near.stream.resume();
    near.stream.reset();
    await far.until(() => far.failure !== undefined);
    assert.equal(far.stream.write(Buffer.alloc(200_000)), true);
    far.stream.end();
    far.stream.resume();
    far.stream.reset();
    await client.ping(within(10_000));
    assert.equal(client.openStreams, 0);
  });

  test("an end behind a backlog comes after all of it", async () => {
    await using bed = await TestBed.start(make);
    const { near, far } = await bed.pair();
    far.reading = false;
    const chunk = Buffer.alloc(megabyte, 0x63);
    for (let sent = 0; sent < 8; sent++) near.stream.write(chunk);
    near.stream.end();
    await far.until(() => far.received > 0);
    assert.equal(far.ended, false);
    far.flow();
    await far.until(() => far.ended);
    assert.equal(far.received, 8 * megabyte);
  });
};
