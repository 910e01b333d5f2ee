import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { toDuplex } from "./duplex.ts";
import type { StreamHandle } from "./handles.ts";
import type { QuicError } from "./quic-error.ts";
import { noOpenssl } from "./testing/authority.ts";
import { makePair, type Pair } from "./testing/pair.ts";

/** A handle whose endings are remembered. */
class Watched {
  readonly handle: StreamHandle;
  readonly stopped = Promise.withResolvers<QuicError>();
  readonly aborted = Promise.withResolvers<QuicError>();
  received = 0;
  #reading: boolean;
  #wake: (() => void) | undefined;

  constructor(handle: StreamHandle, reading: boolean) {
    this.handle = handle;
    this.#reading = reading;
    handle.use({
      readable: () => this.#readable(),
      writable: () => {},
      stopped: this.stopped.resolve,
      aborted: this.aborted.resolve,
    });
    this.#readable();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  #readable(): void {
    if (!this.#reading) {
      this.handle.watchReset();
      return;
    }
    do this.received += this.handle.read()?.length ?? 0;
    while (this.handle.more);
    this.#wake?.();
  }
}

/** Both ends of one stream. */
const streams = async (pair: Pair, reading: boolean): Promise<{ near: Watched; far: Watched }> => {
  const arrived = Promise.withResolvers<StreamHandle>();
  pair.server.use({ stream: arrived.resolve });
  const handle = await pair.client.open();
  handle.write(Buffer.from("x"));
  return { near: new Watched(handle, reading), far: new Watched(await arrived.promise, reading) };
};

describe("endings of streams", { skip: noOpenssl }, () => {
  for (const reading of [true, false]) {
    const how = reading ? "reading" : "paused";

    test(`a reset arrives with its exact code (${how})`, async () => {
      await using pair = await makePair();
      const { near, far } = await streams(pair, reading);
      near.handle.reset(2 ** 40 + 7);
      const error = await far.aborted.promise;
      assert.deepEqual([error.code, error.peerCode], ["RESET", 2 ** 40 + 7]);
      assert.equal(far.handle.released, true);
    });

    test(`a stop arrives at an idle writer with its exact code, reading goes on (${how})`, async () => {
      await using pair = await makePair();
      const { near, far } = await streams(pair, reading);
      near.handle.stop(77);
      const error = await far.stopped.promise;
      assert.deepEqual([error.code, error.peerCode], ["STOPPED", 77]);
      assert.equal(far.handle.finished, true);
      near.handle.write(Buffer.from("more"));
      near.handle.finish();
      if (reading) await far.until(() => far.handle.ended);
      assert.equal(far.received, reading ? 5 : 0);
    });

    test(`streams without a pending operation learn that their connection ended (${how})`, async () => {
      await using pair = await makePair();
      const { near, far } = await streams(pair, reading);
      pair.client.close(5, "that is all");
      const [here, there] = await Promise.all([near.aborted.promise, far.aborted.promise]);
      assert.equal(here.code, "CLOSED");
      assert.deepEqual([there.code, there.peerCode], ["CLOSED_BY_PEER", 5]);
      assert.match(there.message, /that is all/);
      assert.equal((await pair.server.closed).peerCode, 5);
      assert.equal(pair.server.openStreams, 0);
    });
  }

  test("after our acknowledged FIN, destroying stops the peer's writer", async () => {
    await using pair = await makePair();
    const { near, far } = await streams(pair, true);
    near.handle.finish();
    await far.until(() => far.handle.ended);
    near.handle.destroy(9);
    assert.equal((await far.stopped.promise).peerCode, 9);
  });

  test("after the peer's FIN, destroying resets the peer's reader", async () => {
    await using pair = await makePair();
    const { near, far } = await streams(pair, true);
    far.handle.finish();
    await near.until(() => near.handle.ended);
    near.handle.destroy(9);
    const error = await far.aborted.promise;
    assert.deepEqual([error.code, error.peerCode], ["RESET", 9]);
  });

  test("a destroyed Duplex never looks like a clean end to the other side", async () => {
    const ends = Promise.withResolvers<QuicError>();
    await using pair = await makePair({
      stream: (stream) => {
        const duplex = toDuplex(stream);
        duplex.resume();
        duplex.on("end", () => ends.reject(new Error("a clean end")));
        duplex.on("error", ends.resolve);
      },
    });
    const duplex = toDuplex(await pair.client.open(), { abortCode: 33 });
    duplex.write(Buffer.alloc(100_000));
    duplex.destroy();
    const error = await ends.promise;
    // Both are sent: whichever is seen first ends the Duplex.
    assert.ok(["RESET", "STOPPED"].includes(error.code), error.code);
    assert.equal(error.peerCode, 33);
  });

  test("a Duplex is half-open: after its end the other side's bytes still come", async () => {
    await using pair = await makePair({
      stream: (stream) => {
        const duplex = toDuplex(stream);
        duplex.resume();
        duplex.once("end", () => duplex.end(Buffer.alloc(1_000_000, 1)));
      },
    });
    const duplex = toDuplex(await pair.client.open());
    let received = 0;
    duplex.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    duplex.end("question");
    await once(duplex, "end");
    assert.equal(received, 1_000_000);
    assert.equal(pair.client.openStreams, 0);
  });

  test("destroying a Duplex with an error tells its own user that error, once", async () => {
    await using pair = await makePair();
    const duplex = toDuplex(await pair.client.open());
    duplex.write("x");
    const error = new Error("enough");
    duplex.destroy(error);
    duplex.destroy();
    assert.equal((await once(duplex, "error"))[0], error);
    assert.equal(pair.client.openStreams, 0);
  });

  test("close with flush delivers what was finished", async () => {
    const all = Promise.withResolvers<number>();
    await using pair = await makePair({
      clientTransport: { sendWindow: 8_000_000 },
      stream: (stream) => {
        const watched = new Watched(stream, true);
        void watched.until(() => stream.ended).then(() => all.resolve(watched.received));
        stream.finish();
      },
    });
    const handle = await pair.client.open();
    const near = new Watched(handle, true);
    assert.equal(handle.write(Buffer.alloc(500_000)), 500_000);
    handle.finish();
    await near.until(() => handle.ended);
    await pair.client.flush();
    pair.client.close();
    assert.equal(await all.promise, 500_000);
  });
});
