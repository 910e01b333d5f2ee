import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { QuicConnection } from "./connection.ts";
import { QuicEndpoint } from "./endpoint.ts";
import type { StreamHandle } from "./handles.ts";
import { noOpenssl } from "./testing/authority.ts";
import { ChildServer, ownRss } from "./testing/child-server.ts";
import { clientSettings, roundTrip } from "./testing/pair.ts";

const mebibyte = 2 ** 20;
const ignored = { readable() {}, writable() {}, stopped() {}, aborted() {} };

/** A connection to a server in another process. */
const connect = async (
  child: ChildServer,
  transport = {},
): Promise<{ connection: QuicConnection } & AsyncDisposable> => {
  const endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
  const connection = await endpoint.connect(clientSettings(transport), child.address, "localhost");
  return { connection, [Symbol.asyncDispose]: () => endpoint.close() };
};

const order = async (connection: QuicConnection, word: string): Promise<StreamHandle> => {
  const stream = await connection.open();
  stream.use(ignored);
  stream.write(Buffer.from(word));
  return stream;
};

describe("flow control", { skip: noOpenssl }, () => {
  test("a reader that never reads holds the writer back: 1 GB costs the windows and no more", async () => {
    using child = await ChildServer.start();
    await using client = await connect(child);
    const { connection } = client;
    const before = await child.usage();
    const own = ownRss();
    const stream = await connection.open();
    const block = Buffer.alloc(mebibyte, 1);
    const full = Promise.withResolvers<void>();
    let offered = 0;
    let taken = 0;
    let offset = 0;
    const writable = (): void => {
      while (offered < 1024) {
        const count = stream.write(block, offset);
        taken += count;
        offset += count;
        if (offset < block.length) {
          full.resolve();
          return;
        }
        offset = 0;
        offered++;
      }
    };
    stream.use({ ...ignored, writable });
    stream.write(Buffer.from("s"));
    writable();
    await full.promise;
    for (let trip = 0; trip < 5; trip++) await roundTrip(connection, Buffer.from("e"));
    assert.ok(taken <= 2 * mebibyte, `${taken} bytes were taken, the window is 1 MiB`);
    const after = await child.usage();
    assert.ok(after.rss - before.rss < 16 * mebibyte, `the server grew by ${after.rss - before.rss}`);
    assert.ok(ownRss() - own < 16 * mebibyte);
  });

  test("100 unread downloads cost their windows, and an echo beside them goes on", async () => {
    using child = await ChildServer.start();
    const window = 128 * 1024;
    await using client = await connect(child, { streamReceiveWindow: window, receiveWindow: 128 * window });
    const { connection } = client;
    const own = ownRss();
    const streams = [];
    for (let count = 0; count < 100; count++) streams.push(await order(connection, "d"));
    const times = [];
    for (let trip = 0; trip < 20; trip++) {
      const started = performance.now();
      assert.equal((await roundTrip(connection, Buffer.from("echo"))).toString(), "echo");
      times.push(performance.now() - started);
    }
    const median = times.sort((a, b) => a - b)[10] ?? 0;
    assert.ok(median < 1_000, `an echo took ${median} ms`);
    const grown = ownRss() - own;
    assert.ok(grown < 100 * window + 48 * mebibyte, `the client grew by ${grown}`);
    for (const stream of streams) stream.destroy(1);
  });

  test("the connection's window bounds all unread streams together", async () => {
    using child = await ChildServer.start();
    await using client = await connect(child, { streamReceiveWindow: mebibyte, receiveWindow: 2 * mebibyte });
    const { connection } = client;
    for (let count = 0; count < 20; count++) await order(connection, "d");
    const received = async (): Promise<number> => {
      let before = -1;
      let now = connection.stats()?.receivedBytes ?? 0;
      // What still comes are acknowledgements and probes: less than a window in a hundred turns.
      while (now - before > 10_000 || now < 2 * mebibyte) {
        before = now;
        await new Promise((resolve) => setTimeout(resolve, 100));
        now = connection.stats()?.receivedBytes ?? 0;
      }
      return now;
    };
    assert.ok((await received()) < 3 * mebibyte);
  });

  test("1,000 aborted downloads with unread data, then 10 MB as if nothing had been", {
    timeout: 60_000,
  }, async () => {
    using child = await ChildServer.start();
    await using client = await connect(child, { streamReceiveWindow: 512 * 1024 });
    const { connection } = client;
    for (let round = 0; round < 50; round++) {
      const streams = [];
      for (let count = 0; count < 20; count++) streams.push(await order(connection, "d"));
      await roundTrip(connection, Buffer.from("e"));
      for (const stream of streams) stream.destroy(1);
    }
    const bytes = Buffer.alloc(10_000_000, "e");
    const echoed = await roundTrip(connection, bytes.subarray(0, 500_000));
    assert.equal(echoed.length, 500_000);
    const stream = await connection.open();
    let received = 0;
    const done = Promise.withResolvers<void>();
    const readable = (): void => {
      do received += stream.read()?.length ?? 0;
      while (stream.more);
      if (received >= 10_000_000) done.resolve();
    };
    stream.use({ ...ignored, readable });
    stream.write(Buffer.from("d"));
    readable();
    const started = performance.now();
    await done.promise;
    assert.ok(performance.now() - started < 20_000);
    stream.destroy(1);
    assert.equal(connection.openStreams, 0);
    await roundTrip(connection, Buffer.from("e"));
    let left = 1;
    while (left > 0) left = (await child.usage()).streams;
  });
});
