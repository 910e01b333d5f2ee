import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { nextChunk } from "./harness/raw-tunnel.ts";
import { exchange, LossyPair, type OpenTunnel } from "./lossy/lossy-pair.ts";
import { ownNetwork } from "./lossy/own-network.ts";

const skip = ownNetwork();
const bytes = 256 * 1024;
const rounds = process.env.OCTOPROXY_FULL === undefined ? 3 : 20;

/** A word there and back. @returns milliseconds. */
const talk = async ({ here, there }: OpenTunnel): Promise<number> => {
  const startedAt = performance.now();
  for (const [from, to] of [
    [here, there],
    [there, here],
  ] as const) {
    from.write("hello");
    assert.equal((await nextChunk(to)).toString(), "hello");
  }
  return performance.now() - startedAt;
};

/** QUIC: one connection lives through it all, idle tunnels and one that is being used. */
const playQuic = async (t: TestContext, change: (pair: LossyPair) => Promise<void>): Promise<void> => {
  await using pair = await LossyPair.start({ transport: "quic", road: { delayMs: 5, nat: 1 } });
  const idle = await pair.tunnel();
  const waits: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const busy = exchange(await pair.tunnel(), bytes);
    await change(pair);
    waits.push(await talk(idle));
    await busy;
  }
  await exchange(idle, bytes);
  await exchange(await pair.tunnel(), bytes);
  const connections = pair.server.lines.filter(({ msg }) => msg === "client connected");
  assert.equal(connections.length, 1, "the connection was made anew");
  t.diagnostic(`a word there and back after each change: ${waits.map((ms) => ms.toFixed(0)).join(", ")} ms`);
};

/** TCP cannot: what is open ends with a reset, never in silence or as if it were whole, and what comes after works. */
const playHttp2 = async (t: TestContext, change: (pair: LossyPair) => Promise<void>): Promise<void> => {
  await using pair = await LossyPair.start({
    transport: "http2",
    road: { delayMs: 5, nat: 1 },
    // How long what is open on a silent connection is left alone.
    backend: "[backends.far.http2]\nkeep_alive_interval = 1\nkeep_alive_timeout = 3",
  });
  const { here } = await pair.tunnel();
  const ended = new Promise<string>((resolve) => {
    here.once("end", () => resolve("end"));
    here.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  here.resume();
  await change(pair);
  const startedAt = performance.now();
  await exchange(await pair.tunnel(), bytes);
  const servedMs = performance.now() - startedAt;
  assert.equal(await ended, "ECONNRESET");
  const resetMs = performance.now() - startedAt;
  t.diagnostic(
    `the next tunnel and its bytes after ${servedMs.toFixed(0)} ms, the old one reset after ${resetMs.toFixed(0)} ms`,
  );
};

const changes = {
  "the NAT gives another address and port": (pair: LossyPair) => pair.world.forget(),
  "the client's machine has another address": (pair: LossyPair) => pair.world.moveClient(),
};

// R37
for (const [name, change] of Object.entries(changes)) {
  test(`${name}: tunnels go on (quic)`, { skip }, (t) => playQuic(t, change));
  test(`${name}: open tunnels end with a reset, the next works (http2)`, { skip }, (t) =>
    playHttp2(t, change),
  );
}
