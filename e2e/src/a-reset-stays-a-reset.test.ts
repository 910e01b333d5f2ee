// R03
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { askAdmin, sampleOf, until } from "./harness/admin.ts";
import { Pair, transports } from "./harness/pair.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";

/** A bound against hanging on a machine that is busy with others; what is measured stands in the diagnostics. */
const patience = (): AbortSignal => AbortSignal.timeout(20_000);

/** @returns how the connection ended, and after how many milliseconds. */
const endOf = async (socket: Socket): Promise<{ readonly code: string | undefined; readonly ms: number }> => {
  const startedAt = performance.now();
  socket.resume();
  const [error] = (await once(socket, "error", { signal: patience() })) as [NodeJS.ErrnoException];
  return { code: error.code, ms: performance.now() - startedAt };
};

const adminOn = 'metric_address = "127.0.0.1:0"';

for (const transport of transports) {
  test(`${transport}: forty resets of the target reach the application as resets, and as many the other way; the gauges are at 0`, async (t) => {
    await using pair = await Pair.start({ transport, client: adminOn, server: adminOn });
    await using target = await TcpTarget.start();
    const times: number[] = [];
    for (let round = 0; round < 80; round++) {
      const [{ socket: application }, there] = await Promise.all([
        connectThrough(pair.proxy, target.address),
        target.next(),
      ]);
      const [resetting, seeing] = round % 2 === 0 ? [there, application] : [application, there];
      seeing.removeAllListeners("error");
      const seen = endOf(seeing);
      resetting.resetAndDestroy();
      const { code, ms } = await seen;
      assert.equal(code, "ECONNRESET", `round ${round}`);
      times.push(ms);
    }
    t.diagnostic(`${transport}: the slowest reset arrived after ${Math.max(...times).toFixed(1)} ms`);
    for (const daemon of [pair.client, pair.server]) {
      const admin = await daemon.listening("admin");
      const gauge = /^octoproxy_tunnels_active(\{[^}]*\})? (\d+)$/gm;
      const active = async (): Promise<number> => {
        const { text } = await askAdmin(admin, "/metrics");
        return [...text.matchAll(gauge)].reduce((sum, [, , count]) => sum + Number(count), 0);
      };
      await until(active, (count) => count === 0, "tunnels_active at 0");
      const { text } = await askAdmin(admin, "/metrics");
      assert.equal(sampleOf(text, "octoproxy_draining"), 0);
      assert.match(text, /^octoproxy_tunnels_total\{/m);
    }
  });
}
