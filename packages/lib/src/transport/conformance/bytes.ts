import assert from "node:assert/strict";
import { test } from "node:test";
import { turnsUntil, within } from "./expect.ts";
import { sendPayload } from "./payload.ts";
import { Recorder } from "./recorder.ts";
import { type MakeTransport, TestBed } from "./test-bed.ts";

const megabyte = 1 << 20;

/** Bytes: exact, in order, bounded, and nothing lost before the owner or during a pause. */
export const bytesSuite = (make: MakeTransport): void => {
  test("1 MB each way at the same time is byte-exact", async () => {
    await using bed = await TestBed.start(make);
    const { near, far } = await bed.pair();
    const [up, down] = [sendPayload(near, megabyte, 11), sendPayload(far, megabyte, 12)];
    void up.then(() => near.stream.end());
    void down.then(() => far.stream.end());
    await Promise.all([near.until(() => near.ended), far.until(() => far.ended)]);
    assert.deepEqual([near.received, far.received], [megabyte, megabyte]);
    assert.equal(far.digest(), await up);
    assert.equal(near.digest(), await down);
  });

  for (const direction of ["up", "down"] as const) {
    test(`64 MB ${direction} are byte-exact, with pauses`, { timeout: 60_000 }, async () => {
      await using bed = await TestBed.start(make);
      const { near, far } = await bed.pair();
      const [from, to] = direction === "up" ? [near, far] : [far, near];
      const pausing = setInterval(() => {
        to.reading = false;
        setImmediate(() => to.flow());
      }, 3);
      const sum = await sendPayload(from, 64 * megabyte, 13);
      from.stream.end();
      await to.until(() => to.ended);
      clearInterval(pausing);
      assert.equal(to.received, 64 * megabyte);
      assert.equal(to.digest(), sum);
    });

    test(`single bytes ${direction} arrive in order`, async () => {
      await using bed = await TestBed.start(make);
      const { near, far } = await bed.pair();
      const [from, to] = direction === "up" ? [near, far] : [far, near];
      const sum = await sendPayload(from, 2_000, 14, 3);
      from.stream.end();
      await to.until(() => to.ended);
      assert.equal(to.digest(), sum);
    });

    test(`a reader that never reads bounds the writer ${direction}, and loses nothing`, async () => {
      await using bed = await TestBed.start(make);
      const { near, far } = await bed.pair();
      const [from, to] = direction === "up" ? [near, far] : [far, near];
      to.reading = false;
      const bound = bed.transport.writerBound;
      const chunk = Buffer.alloc(65_536, 0x61);
      let taken = 0;
      let stopped = false;
      const size = 2 * bound + megabyte;
      const writing = (async () => {
        while (taken < size) {
          taken += chunk.length;
          await from.send(chunk);
        }
        stopped = true;
      })();
      await to.until(() => to.received > 0);
      // The writer stands still when a whole round trip has not moved it.
      const client = bed.serverConnections[0]!;
      for (let before = -1; before !== taken; ) {
        before = taken;
        for (let trip = 0; trip < 3; trip++) await client.ping(within(10_000));
      }
      assert.equal(stopped, false, "the writer was never told to wait");
      assert.ok(taken <= bound + chunk.length, `${taken} bytes were taken, the bound is ${bound}`);
      const seen = to.received;
      assert.ok(seen <= 1_048_576, `a paused owner was given ${seen} bytes`);
      to.flow();
      await writing;
      from.stream.end();
      await to.until(() => to.ended);
      assert.equal(to.received, taken);
    });
  }

  test("a tunnel whose reader stands still does not stop the others of its connection", async () => {
    await using bed = await TestBed.start(make);
    const stuck = await bed.pair();
    stuck.near.reading = false;
    const chunk = Buffer.alloc(65_536, 0x62);
    let taken = 0;
    while (stuck.far.stream.write(chunk) && taken <= bed.transport.writerBound) taken += chunk.length;
    const { near, far } = await bed.pair(stuck.client);
    const sum = await sendPayload(far, megabyte, 15);
    far.stream.end();
    await near.until(() => near.ended);
    assert.equal(near.digest(), sum);
    stuck.near.abort();
  });

  test("what is sent before the other side has an owner waits for it", async () => {
    await using bed = await TestBed.start(make);
    const client = await bed.connect();
    const words = ["first ", "second ", "third"];
    bed.onTunnel = (tunnel) => {
      const early = tunnel.accept();
      for (const word of words) early.write(Buffer.from(word));
      early.end();
    };
    const stream = await client.open("example.test:443", within(10_000));
    await client.ping(within(10_000));
    const near = new Recorder(stream);
    await near.until(() => near.ended);
    assert.equal(near.text, words.join(""));
  });

  test("nobody else may take a stream that is owned", async () => {
    await using bed = await TestBed.start(make);
    const { near } = await bed.pair();
    assert.throws(() => new Recorder(near.stream));
  });

  test("resume without a pause does nothing", async () => {
    await using bed = await TestBed.start(make);
    const { near, far } = await bed.pair();
    near.stream.resume();
    far.stream.resume();
    await far.send(Buffer.from("once"));
    await near.until(() => near.received > 0);
    near.stream.resume();
    await turnsUntil(() => near.text === "once");
  });
};
