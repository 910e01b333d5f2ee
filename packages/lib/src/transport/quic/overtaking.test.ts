import assert from "node:assert/strict";
import { test } from "node:test";
import { within } from "../conformance/expect.ts";
import { Recorder } from "../conformance/recorder.ts";
import type { ListenerHandlers } from "../transport.ts";
import { testConnect, testListener } from "./testing/loopback.ts";
import { UdpRelay } from "./testing/udp-relay.ts";

/** Reads all, and answers the end with its own. */
const reading: ListenerHandlers = {
  connection: () => {},
  refused: () => {},
  tunnel: (tunnel) => {
    const stream = tunnel.accept();
    stream.own({ data: () => true, drain: () => {}, end: () => stream.end(), reset: () => {} });
  },
};

test("packets that are overtaken are not taken for lost: the window stays, and next to nothing is sent twice", async () => {
  // Less than what sockets hold: nothing is really lost.
  const window = { streamWindowBytes: 150_000 };
  const listener = testListener(reading, window);
  const relay = await UdpRelay.start(listener.address);
  relay.letOvertake({ delayMs: 40, overtakingMs: 20, every: 10 });
  const connection = await testConnect(relay.address, within(10_000), window);
  const near = new Recorder(await connection.open("example.test:1", within(10_000)));
  await near.send(Buffer.alloc(2 ** 21));
  near.stream.end();
  await near.until(() => near.ended);
  const { sentPackets, lostPackets } = connection.quic.stats()!;
  assert.ok(lostPackets < sentPackets / 20, `${lostPackets} of ${sentPackets}`);
  connection.destroy();
  relay.close();
  listener.destroy();
});
