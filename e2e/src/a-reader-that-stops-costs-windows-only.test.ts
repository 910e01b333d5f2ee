// R21
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import { onEachTransport } from "./harness/on-each-transport.ts";
import { startOrigin } from "./harness/origin.ts";
import type { Pair } from "./harness/pair.ts";
import { memoryOf, noFigures } from "./harness/process-figures.ts";
import { connectThrough, readAll } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";

const gigabyte = 1_000_000_000;

/**
 * Small pages through the same connection: how long the median one takes. The row says 50 ms, on a machine of its own and
 * once the kernel's buffers of those that do not read are full: that figure is printed, and a deadline bounds it.
 */
const pageBeside = async (pair: Pair, address: string): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round < 21; round++) {
    const begun = performance.now();
    const { socket, status, head } = await connectThrough(pair.proxy, address);
    assert.equal(status, 200, head);
    socket.write(`GET /bytes/1000 HTTP/1.1\r\nHost: ${address}\r\nConnection: close\r\n\r\n`);
    assert.ok((await readAll(socket)).length > 1000);
    socket.end();
    times.push(performance.now() - begun);
  }
  const median = times.sort((a, b) => a - b)[times.length >> 1]!;
  assert.ok(median < 5_000, `${median} ms`);
  return median;
};

/** Plays something while memory of both daemons is watched. */
const within = async (
  t: TestContext,
  pair: Pair,
  limitMiB: number,
  play: () => Promise<string>,
): Promise<void> => {
  const before = [await memoryOf(pair.client.pid), await memoryOf(pair.server.pid)] as const;
  const said = await play();
  const after = [await memoryOf(pair.client.pid), await memoryOf(pair.server.pid)] as const;
  t.diagnostic(
    `${said}; client ${before[0].toFixed(0)} → ${after[0].toFixed(0)} MiB, server ${before[1].toFixed(0)} → ${after[1].toFixed(0)} MiB`,
  );
  assert.ok(after[0] - before[0] < limitMiB, `client ${before[0]} → ${after[0]} MiB`);
  assert.ok(after[1] - before[1] < limitMiB, `server ${before[1]} → ${after[1]} MiB`);
};

const unreadDownload = async (pair: Pair, address: string): Promise<Socket> => {
  const { socket, status, head } = await connectThrough(pair.proxy, address);
  assert.equal(status, 200, head);
  socket.on("error", () => undefined);
  socket.write(`GET /bytes/${gigabyte} HTTP/1.1\r\nHost: ${address}\r\n\r\n`);
  await once(socket, "readable");
  return socket;
};

onEachTransport(
  "nobody reads a gigabyte that comes down, and one that goes up: memory stays within the windows, another tunnel goes on",
  { skip: noFigures },
  async (pair, t) => {
    await using origin = await startOrigin();
    await using stuck = await TcpTarget.start();
    await within(t, pair, 64, async () => {
      const down = await unreadDownload(pair, origin.address);
      const [{ socket: up }, there] = await Promise.all([
        connectThrough(pair.proxy, stuck.address),
        stuck.next(),
      ]);
      up.on("error", () => undefined);
      // A gigabyte as the application's socket takes it, which at the windows' end is not at all.
      const chunk = Buffer.alloc(1 << 20);
      let sent = 0;
      const more = (): void => {
        while (sent < gigabyte) {
          sent += chunk.length;
          if (!up.write(chunk)) return;
        }
      };
      up.on("drain", more);
      more();
      const median = await pageBeside(pair, origin.address);
      const later = await pageBeside(pair, origin.address);
      assert.ok(sent < 64 << 20, `${sent} bytes were taken`);
      for (const socket of [down, up, there]) socket.destroy();
      return `a page beside them ${median.toFixed(1)} ms, then ${later.toFixed(1)} ms; ${(sent / 2 ** 20).toFixed(0)} MiB were taken`;
    });
  },
);

onEachTransport(
  "a hundred downloads that nobody reads: memory stays within the windows, another tunnel goes on",
  { skip: noFigures },
  async (pair, t) => {
    await using origin = await startOrigin();
    // QUIC: a tunnel may hold 1.25 MB in its window, and 256 KiB that the application's socket does not take.
    // HTTP/2: one window of 16 MiB for all. Without bounds it would be gigabytes.
    await within(t, pair, 1.5 * 100 * (1_250_000 / 2 ** 20 + 0.25), async () => {
      const unread = await Promise.all(
        Array.from({ length: 100 }, () => unreadDownload(pair, origin.address)),
      );
      const median = await pageBeside(pair, origin.address);
      const later = await pageBeside(pair, origin.address);
      for (const socket of unread) socket.destroy();
      return `a page beside them ${median.toFixed(1)} ms, then ${later.toFixed(1)} ms`;
    });
    assert.equal(pair.server.lines.filter(({ msg }) => msg === "client connected").length, 1);
  },
);
