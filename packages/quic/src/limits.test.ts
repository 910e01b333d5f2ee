import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { QuicEndpoint } from "./endpoint.ts";
import { engine } from "./engine.ts";
import { StreamHandle } from "./handles.ts";
import { noOpenssl } from "./testing/authority.ts";
import { ChildServer } from "./testing/child-server.ts";
import { nativeFolder } from "./testing/native-source.ts";
import { clientSettings, makePair, roundTrip, serverSettings } from "./testing/pair.ts";

const ignored = { readable() {}, writable() {}, stopped() {}, aborted() {} };

describe("limits", { skip: noOpenssl }, () => {
  test("2,000 connections opened and closed leave neither descriptors nor memory behind", {
    timeout: 90_000,
  }, async () => {
    using child = await ChildServer.start();
    await using endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
    const settings = clientSettings();
    const connectAndClose = async (): Promise<void> => {
      const connection = await endpoint.connect(settings, child.address, "localhost");
      connection.close();
    };
    const round = async (count: number): Promise<void> => {
      let left = count;
      const worker = async (): Promise<void> => {
        while (left-- > 0) await connectAndClose();
      };
      await Promise.all(Array.from({ length: 16 }, worker));
    };
    await round(500);
    const before = await child.usage();
    await round(2_000);
    const after = await child.usage();
    assert.equal(after.descriptors, before.descriptors);
    assert.equal(after.streams, 0);
    assert.ok(after.rss - before.rss < 48 * 2 ** 20, `the server grew by ${after.rss - before.rss}`);
  });

  test("10,000 streams on one connection at once", { timeout: 60_000 }, async () => {
    await using pair = await makePair({ serverTransport: { maxStreams: 10_000 } });
    const streams: StreamHandle[] = [];
    let answered = 0;
    const all = Promise.withResolvers<void>();
    // The server announces more as those before come into use: whoever opens has to use them.
    const openAndUse = async (index: number): Promise<void> => {
      const words = `stream ${index}`;
      const stream = await pair.client.open();
      streams.push(stream);
      let text = "";
      const readable = (): void => {
        do text += stream.read()?.toString() ?? "";
        while (stream.more);
        if (text === words && ++answered === 10_000) all.resolve();
      };
      stream.use({ ...ignored, readable });
      stream.write(Buffer.from(words));
      readable();
    };
    await Promise.all(Array.from({ length: 10_000 }, (_, index) => openAndUse(index)));
    await all.promise;
    assert.equal(pair.client.openStreams, 10_000);
    for (const stream of streams) stream.destroy(1);
    assert.equal(pair.client.openStreams, 0);
    assert.equal((await roundTrip(pair.client, Buffer.from("next"))).toString(), "next");
  });

  test("at the limit nothing is opened; a freed place is told at once, again and again", async () => {
    const arrived: StreamHandle[] = [];
    await using pair = await makePair({
      serverTransport: { maxStreams: 7 },
      stream: (stream) => {
        arrived.push(stream);
        stream.use({ ...ignored, stopped: () => stream.destroy(0) });
        stream.watchReset();
      },
    });
    const open: StreamHandle[] = [];
    for (let stream = pair.client.tryOpen(); stream !== undefined; stream = pair.client.tryOpen()) {
      stream.use(ignored);
      stream.write(Buffer.from("x"));
      open.push(stream);
    }
    assert.ok(open.length >= 7 && open.length <= 8, `${open.length} were opened`);
    for (let round = 0; round < 20; round++) {
      const waiting = pair.client.open(AbortSignal.timeout(10_000));
      open.shift()?.destroy(1);
      // One place is slack: it takes two to be told surely.
      if (round === 0) open.shift()?.destroy(1);
      const stream = await waiting;
      stream.use(ignored);
      stream.write(Buffer.from("x"));
      open.push(stream);
    }
    const controller = new AbortController();
    while (pair.client.tryOpen() !== undefined);
    const given = pair.client.open(controller.signal);
    controller.abort(new Error("enough"));
    await assert.rejects(given, /enough/);
  });

  test("streams have the numbers that QUIC gives them, whoever opens", async () => {
    await using pair = await makePair({ clientTransport: { maxStreams: 8 }, stream: () => {} });
    const arrived = Promise.withResolvers<StreamHandle>();
    pair.client.use({ stream: arrived.resolve });
    const opened = [await pair.client.open(), await pair.client.open(), await pair.server.open()];
    for (const stream of opened) {
      stream.use(ignored);
      stream.write(Buffer.from("here"));
    }
    assert.equal((await arrived.promise).id, 1);
    assert.deepEqual(
      opened.map(({ id }) => id),
      [0, 4, 1],
    );
    const { streams, native } = engine();
    for (const [number, stream] of streams) {
      if (stream instanceof StreamHandle) assert.equal(stream.id, native.streamId(number));
    }
  });

  test("a limit that is raised later lets more in", async () => {
    await using pair = await makePair({ serverTransport: { maxStreams: 2 } });
    while (pair.client.tryOpen() !== undefined);
    const waiting = pair.client.open(AbortSignal.timeout(10_000));
    pair.server.setMaxStreams(50);
    await waiting;
  });

  test("discovery goes beyond Ethernet where the path takes it, and never where it would be lost", async () => {
    for (const [bound, least] of [
      [6500, 3000],
      [1452, 1300],
    ] as const) {
      const transport = { initialMtu: 1200, mtuUpperBound: bound };
      const server = serverSettings(transport);
      await using listening = new QuicEndpoint({ address: "127.0.0.1:0", server }, { connection: () => {} });
      await using endpoint = new QuicEndpoint({ address: "127.0.0.1:0", largestDatagram: 6500 });
      const connection = await endpoint.connect(clientSettings(transport), listening.address, "localhost");
      const stream = await connection.open();
      stream.use(ignored);
      let mtu = 0;
      // Probes go beside traffic.
      while (mtu < least) {
        stream.write(Buffer.alloc(100));
        await new Promise((resolve) => setTimeout(resolve, 5));
        mtu = connection.stats()?.mtu ?? Number.POSITIVE_INFINITY;
      }
      assert.ok(mtu <= bound);
    }
  });

  test("what is out of range is said, not wrapped", async () => {
    for (const [option, value] of [
      ["initialMtu", 1473],
      ["mtuUpperBound", 6501],
      ["streamReceiveWindow", 2 ** 32],
      ["streamReceiveWindow", -1],
      ["receiveWindow", 0.5],
      ["packetThreshold", 2],
      ["timeThreshold", 0.9],
      ["timeThreshold", Number.NaN],
      ["maxStreams", Number.NaN],
    ] as const) {
      assert.throws(() => clientSettings({ [option]: value }), { code: "BAD_OPTION" }, option);
    }
    await using pair = await makePair();
    const stream = await pair.client.open();
    assert.throws(() => stream.reset(2 ** 53), { code: "BAD_OPTION" });
    assert.throws(() => pair.client.close(-1), { code: "BAD_OPTION" });
    assert.throws(() => new QuicEndpoint({ address: "localhost:0" }), { code: "SOCKET" });
    assert.throws(() => new QuicEndpoint({ address: pair.serverEndpoint.address }), /in use/i);
    assert.throws(() => new QuicEndpoint({ resetKey: Buffer.alloc(31) }), /32 bytes/);
  });

  test("the crates are the ones that were seen to work together", () => {
    const lock = readFileSync(join(nativeFolder, "Cargo.lock"), "utf8");
    const version = (name: string): string | undefined =>
      new RegExp(`name = "${name}"\\nversion = "([^"]+)"`).exec(lock)?.[1];
    assert.match(version("quinn-proto") ?? "", /^0\.11\./);
    assert.match(version("quinn-udp") ?? "", /^0\.5\./);
    assert.match(version("rustls") ?? "", /^0\.23\./);
    assert.equal(lock.includes("aws-lc"), false);
  });
});
