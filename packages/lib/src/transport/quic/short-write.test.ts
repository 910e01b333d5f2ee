import assert from "node:assert/strict";
import { test } from "node:test";
import type { TunnelStream } from "../tunnel-stream.ts";
import { whyNoQuic } from "./availability.ts";
import { testConnect, testListener } from "./testing/loopback.ts";

const patience = (): AbortSignal => AbortSignal.timeout(20_000);

test("a reply that finds the connection's window full of unread bytes is late, not lost", {
  skip: whyNoQuic(),
}, async () => {
  const streamWindowBytes = 4096;
  const listener = testListener({
    connection: () => {},
    tunnel: (tunnel) => {
      const stream = tunnel.accept();
      stream.own({ data: () => true, drain: () => {}, end: () => {}, reset: () => {} });
      if (tunnel.authority.startsWith("talks")) stream.write(new Uint8Array(4 * streamWindowBytes));
    },
    refused: () => {},
  });
  const connection = await testConnect(listener.address, patience(), { streamWindowBytes });
  try {
    // A connection holds the windows of 128 tunnels; replies are counted as well.
    const unread: TunnelStream[] = [];
    let isFull = false;
    while (!isFull) {
      const opening = connection.open(`talks.test:${unread.length + 1}`, patience());
      const isQuick = opening.then((stream) => {
        unread.push(stream);
        return true;
      });
      const later = new Promise<boolean>((resolve) => setTimeout(resolve, 3000, false));
      isFull = !(await Promise.race([isQuick, later]));
      if (!isFull) continue;
      assert.ok(unread.length >= 100, `${unread.length} tunnels filled the window`);
      for (const stream of unread) {
        stream.own({ data: () => true, drain: () => {}, end: () => {}, reset: () => {} });
      }
      assert.equal(await isQuick, true);
    }
  } finally {
    connection.destroy();
    listener.destroy();
  }
});
