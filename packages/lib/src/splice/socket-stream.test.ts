import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { TimerWheel } from "../deadline/timer-wheel.ts";
import { turnsUntil } from "../transport/conformance/expect.ts";
import { sendPayload } from "../transport/conformance/payload.ts";
import { Recorder } from "../transport/conformance/recorder.ts";
import { Loopback } from "./loopback.ts";
import { shareRead } from "./socket-events.ts";
import { SocketStream } from "./socket-stream.ts";

const kinds = {
  "dialed, shared buffer": async (loopback: Loopback) => {
    const { dialed, accepted } = await loopback.pair(true);
    return { stream: new SocketStream(dialed, { transient: true }), peer: accepted };
  },
  "accepted, shared buffer": async (loopback: Loopback) => {
    const { dialed, accepted } = await loopback.pair();
    const transient = shareRead(accepted);
    assert.ok(transient, "this Node keeps the onread option of a socket elsewhere");
    return { stream: new SocketStream(accepted, { transient }), peer: dialed };
  },
  "plain data events": async (loopback: Loopback) => {
    const { dialed, accepted } = await loopback.pair();
    return { stream: new SocketStream(dialed), peer: accepted };
  },
};

for (const [kind, pair] of Object.entries(kinds)) {
  test(`${kind}: 8 MB each way, with pauses, then both FINs`, async () => {
    await using loopback = await Loopback.start();
    const { stream, peer } = await pair(loopback);
    const near = new Recorder(stream);
    const far = new Recorder(new SocketStream(peer));
    const pausing = setInterval(() => {
      near.reading = false;
      setImmediate(() => near.flow());
    }, 1);
    const [up, down] = await Promise.all([sendPayload(near, 8 << 20, 1), sendPayload(far, 8 << 20, 2)]);
    near.stream.end();
    far.stream.end();
    await Promise.all([near.until(() => near.ended), far.until(() => far.ended)]);
    clearInterval(pausing);
    assert.deepEqual([near.digest(), far.digest()], [down, up]);
    await turnsUntil(() => loopback.open === 0);
    assert.deepEqual([near.failure, far.failure], [undefined, undefined]);
  });

  test(`${kind}: what arrives before it is owned waits, the end too`, async () => {
    await using loopback = await Loopback.start();
    const { stream, peer } = await pair(loopback);
    peer.end("early bird");
    await once(peer, "finish");
    const near = new Recorder(stream);
    await near.until(() => near.ended);
    assert.equal(near.text, "early bird");
  });

  test(`${kind}: the end waits for a paused owner`, async () => {
    await using loopback = await Loopback.start();
    const { stream, peer } = await pair(loopback);
    const near = new Recorder(stream, false);
    near.stream.end();
    const finished = once(peer, "finish");
    peer.end("last words");
    await near.until(() => near.received > 0);
    await finished;
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(near.ended, false);
    near.flow();
    await near.until(() => near.ended);
  });

  test(`${kind}: reset is RST at the other side, from every state`, async () => {
    await using loopback = await Loopback.start();
    for (const state of ["unowned", "idle", "backlog", "ended", "ended with a backlog", "ended long ago"]) {
      const { stream, peer } = await pair(loopback);
      const told: string[] = [];
      peer.on("end", () => told.push("end"));
      peer.on("error", (error: NodeJS.ErrnoException) => told.push(error.code ?? ""));
      const recorder = state === "unowned" ? undefined : new Recorder(stream);
      if (state.includes("backlog")) stream.write(Buffer.alloc(30 << 20));
      if (state.startsWith("ended")) stream.end();
      if (state === "ended long ago") {
        peer.resume();
        await turnsUntil(() => told.includes("end"));
      }
      if (recorder === undefined) stream.reset();
      else recorder.abort();
      peer.resume();
      if (state === "ended" || state === "ended long ago") {
        // The peer has had its FIN; a reset after that shows when it writes.
        while (!peer.destroyed) {
          peer.write("hello?");
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      await turnsUntil(() => loopback.open === 0);
      assert.match(told.join(), state.startsWith("ended") ? /ECONNRESET|EPIPE/ : /^ECONNRESET$/, state);
    }
  });

  test(`${kind}: a peer's RST is a reset with its code, also while paused with a backlog`, async () => {
    await using loopback = await Loopback.start();
    for (const paused of [false, true]) {
      const { stream, peer } = await pair(loopback);
      const near = new Recorder(stream, !paused);
      peer.write(Buffer.alloc(100_000));
      await near.until(() => near.received > 0);
      if (paused) stream.write(Buffer.alloc(30 << 20));
      peer.resetAndDestroy();
      await near.until(() => near.failure !== undefined);
      assert.equal(near.failure?.code, "RESET");
      assert.equal(stream.write(Buffer.alloc(10)), true);
      stream.reset();
    }
  });
}

test("early bytes come first, and a released stream goes to its next owner with the rest", async () => {
  await using loopback = await Loopback.start();
  const { dialed, accepted } = await loopback.pair();
  const stream = new SocketStream(accepted, { early: Buffer.from("CONNECT a:1 ") });
  const seen: string[] = [];
  const released = Promise.withResolvers<void>();
  stream.own({
    data: (chunk) => {
      seen.push(Buffer.from(chunk).toString());
      if (!seen.join("").includes("\n")) return true;
      stream.release(Buffer.from("first bytes, "));
      released.resolve();
      return true;
    },
    drain: () => {},
    end: () => {},
    reset: () => {},
  });
  dialed.write("HTTP/1.1\n");
  await released.promise;
  dialed.end("then more");
  const next = new Recorder(stream);
  await next.until(() => next.ended);
  assert.equal(seen.join(""), "CONNECT a:1 HTTP/1.1\n");
  assert.equal(next.text, "first bytes, then more");
});

test("a socket that somebody else destroys is a broken connection", async () => {
  await using loopback = await Loopback.start();
  const { dialed } = await loopback.pair();
  const near = new Recorder(new SocketStream(dialed));
  dialed.destroy();
  await near.until(() => near.failure !== undefined);
  assert.equal(near.failure?.code, "CONNECTION_TERMINATED");
  const late = new Recorder(new SocketStream(dialed));
  await late.until(() => late.failure !== undefined);
});

test("both ends said, bytes for a peer that never reads: reset after the linger time", async () => {
  await using loopback = await Loopback.start();
  const wheel = new TimerWheel(500);
  const { dialed, accepted } = await loopback.pair();
  const near = new Recorder(new SocketStream(accepted, { wheel, lingerMs: 5_000 }));
  near.stream.write(Buffer.alloc(30 << 20));
  near.stream.end();
  dialed.end();
  await near.until(() => near.ended);
  assert.equal(wheel.armed, 1);
  const failed = once(dialed, "error");
  for (let tick = 0; tick < 11; tick++) wheel.tick();
  assert.equal(wheel.armed, 0);
  dialed.resume();
  assert.equal((await failed)[0].code, "ECONNRESET");
});

test("both ends said, bytes for a slow peer: all of them arrive and the timer goes", async () => {
  await using loopback = await Loopback.start();
  const wheel = new TimerWheel(500);
  const { dialed, accepted } = await loopback.pair();
  const near = new Recorder(new SocketStream(accepted, { wheel }));
  near.stream.write(Buffer.alloc(5 << 20, 0x41));
  near.stream.end();
  dialed.end();
  await near.until(() => near.ended);
  assert.equal((await text(dialed)).length, 5 << 20);
  await turnsUntil(() => loopback.open === 0);
  assert.equal(wheel.armed, 0);
});

test("a Unix socket, which knows no RST, is closed", async () => {
  const path = `\0octoproxy-test-${process.pid}`;
  const server = createServer({ allowHalfOpen: true });
  server.listen(path);
  await once(server, "listening");
  const accepted = once(server, "connection");
  const dialed = connect(path);
  const [peer] = (await accepted) as [Socket];
  const near = new Recorder(new SocketStream(dialed));
  near.abort();
  await once(peer.resume(), "end");
  peer.destroy();
  server.close();
  assert.equal(dialed.destroyed, true);
});

test("a dialed socket's first read is small, then as large as what comes and what its owner can pass on", async () => {
  await using loopback = await Loopback.start();
  const { dialed, accepted } = await loopback.pair(true);
  const stream = new SocketStream(dialed, { transient: true });
  const total = 4 << 20;
  accepted.end(Buffer.alloc(total));
  const reads: number[] = [];
  let bytes = 0;
  const ended = Promise.withResolvers<void>();
  stream.own({
    data: (chunk) => {
      reads.push(chunk.length);
      bytes += chunk.length;
      return true;
    },
    get appetite() {
      return bytes < total / 2 ? Number.POSITIVE_INFINITY : 10;
    },
    drain: () => {},
    end: ended.resolve,
    reset: ended.reject,
  });
  await ended.promise;
  stream.end();
  assert.equal(bytes, total);
  assert.ok(reads[0]! <= 4096, `the first read brought ${reads[0]}`);
  assert.ok(Math.max(...reads) > 4096, "no read was larger");
  const late = reads.slice(reads.length / 2 + 2);
  assert.ok(Math.max(...late.slice(-100)) <= 4096, "a read was larger than there is appetite for");
});
