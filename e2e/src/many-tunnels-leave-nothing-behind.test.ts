// R30
import assert from "node:assert/strict";
import { askAdmin, until } from "./harness/admin.ts";
import type { DaemonProcess } from "./harness/daemon-process.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { onEachTransport } from "./harness/on-each-transport.ts";
import { descriptorsOf, memoryOf, noFigures } from "./harness/process-figures.ts";
import { connectThrough, readAll } from "./harness/raw-tunnel.ts";

const total = process.env.OCTOPROXY_FULL === undefined ? 5_000 : 50_000;
const atOnce = 200;
/** What V8 and malloc keep for the next time: measured are 20 to 60 MiB, whatever the number of tunnels. */
const keptMiB = 100;

const gauge = async (daemon: DaemonProcess): Promise<number> => {
  const { text } = await askAdmin(await daemon.listening("admin"), "/metrics");
  const samples = text.matchAll(/^octoproxy_tunnels_active(?:\{[^}]*\})? (\d+)$/gm);
  return [...samples].reduce((sum, [, count]) => sum + Number(count), 0);
};

const adminOn = 'metric_address = "127.0.0.1:0"\nlog_level = "warn"';

onEachTransport(
  `${total} tunnels opened, used and closed, ${atOnce} at a time: descriptors as before, gauges at 0, memory back`,
  { skip: noFigures, pair: { client: adminOn, server: adminOn } },
  async (pair, t) => {
    await using target = await EchoTarget.start();
    let left = 0;
    const use = async (): Promise<void> => {
      while (left-- > 0) {
        const word = `tunnel ${left}`;
        const { socket, status, head } = await connectThrough(pair.proxy, target.address, word);
        assert.equal(status, 200, head);
        socket.end();
        assert.equal((await readAll(socket)).toString(), word);
      }
    };
    const open = async (count: number): Promise<void> => {
      left = count;
      await Promise.all(Array.from({ length: atOnce }, use));
    };
    const daemons = [pair.client, pair.server];
    await open(1_000);
    for (const daemon of daemons)
      await until(
        () => gauge(daemon),
        (count) => count === 0,
        "gauges at 0",
      );
    const before = await Promise.all(
      daemons.map(async ({ pid }) => ({ files: await descriptorsOf(pid), memory: await memoryOf(pid) })),
    );
    const startedAt = performance.now();
    await open(total);
    const seconds = (performance.now() - startedAt) / 1000;
    for (const [index, daemon] of daemons.entries()) {
      const { files, memory } = before[index]!;
      await until(
        () => gauge(daemon),
        (count) => count === 0,
        "gauges at 0",
      );
      const now = await until(
        () => descriptorsOf(daemon.pid),
        (count) => count <= files,
        "descriptors as before",
      );
      const after = await memoryOf(daemon.pid);
      const name = index === 0 ? "client" : "server";
      t.diagnostic(
        `${name}: descriptors ${files} → ${now}, memory ${memory.toFixed(0)} → ${after.toFixed(0)} MiB`,
      );
      assert.ok(after < memory + keptMiB, `${name}: ${memory} → ${after} MiB`);
    }
    t.diagnostic(`${(total / seconds).toFixed(0)} tunnels/s`);
  },
);
