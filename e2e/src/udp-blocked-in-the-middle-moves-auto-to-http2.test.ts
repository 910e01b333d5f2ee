import assert from "node:assert/strict";
import { test } from "node:test";
import { askAdmin, until } from "./harness/admin.ts";
import { exchange, LossyPair } from "./lossy/lossy-pair.ts";
import { ownNetwork } from "./lossy/own-network.ts";

const skip = ownNetwork();
const bytes = 256 * 1024;

interface View {
  readonly protocol: { readonly in_use: string | null; readonly why: string | null };
}

/** Waits until that protocol is in use. @returns why. */
const inUse = async ({ admin }: LossyPair, protocol: string): Promise<string | null> => {
  const ask = async () => (await askAdmin(admin, "/api/v1/backends/far")).json<View>();
  const view = await until(ask, (one) => one.protocol.in_use === protocol, `${protocol} in use`);
  return view.protocol.why;
};

// R37
test("UDP is blocked in the middle: auto moves to HTTP/2 and comes back when it is open again", {
  skip,
}, async (t) => {
  await using pair = await LossyPair.start({
    transport: "auto",
    road: { delayMs: 10 },
    // What is open on a silent connection may come back to life for so long.
    backend: "[backends.far.quic]\nmax_idle_timeout = 4\nkeep_alive_interval = 1",
  });
  const since = async (work: () => Promise<unknown>): Promise<number> => {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };
  await inUse(pair, "quic");
  await exchange(await pair.tunnel(), bytes);
  const { here } = await pair.tunnel();
  const cut = new Promise<Error>((resolve) => here.once("error", resolve).resume());
  await pair.world.change({ udp: false });
  const first = await since(async () => exchange(await pair.tunnel(), bytes));
  assert.match((await inUse(pair, "http2")) ?? "", /QUIC.*(silent|failed|quickly)/i);
  assert.equal(
    ((await cut) as NodeJS.ErrnoException).code,
    "ECONNRESET",
    "cut with a reset, never a clean end",
  );
  const next = await since(async () => exchange(await pair.tunnel(), bytes));
  const open = await pair.tunnel();
  await pair.world.change({ udp: true });
  const back = await since(() => inUse(pair, "quic"));
  await Promise.all([exchange(open, bytes), exchange(await pair.tunnel(), bytes)]);
  t.diagnostic(
    `first tunnel after the block with its ${bytes / 1024} KiB: ${first.toFixed(0)} ms, the next ${next.toFixed(0)} ms; back after ${back.toFixed(0)} ms`,
  );
});

test("UDP is blocked from the start and opened later, over a road that loses 3 %", { skip }, async (t) => {
  const road = { delayMs: 20, jitterMs: 10, loss: 0.03, udp: false };
  await using pair = await LossyPair.start({ transport: "auto", road });
  assert.match((await inUse(pair, "http2")) ?? "", /QUIC/);
  await exchange(await pair.tunnel(), bytes);
  const startedAt = performance.now();
  await pair.world.change({ udp: true });
  await inUse(pair, "quic");
  t.diagnostic(`over QUIC ${(performance.now() - startedAt).toFixed(0)} ms after UDP was opened`);
  await exchange(await pair.tunnel(), bytes);
});
