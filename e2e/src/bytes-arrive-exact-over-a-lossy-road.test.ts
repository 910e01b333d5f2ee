import { test } from "node:test";
import { everydayTransports } from "./harness/on-each-transport.ts";
import { exchange, LossyPair } from "./lossy/lossy-pair.ts";
import { ownNetwork } from "./lossy/own-network.ts";

const skip = ownNetwork();
const bytes = process.env.OCTOPROXY_FULL === undefined ? 32 * 1024 : 512 * 1024;
const tunnels = 3;

// R37
for (const transport of everydayTransports) {
  test(`10 % loss, 50 ms jitter, packets out of order and twice: exact bytes both ways (${transport})`, {
    skip,
  }, async (t) => {
    const road = { delayMs: 10, jitterMs: 50, loss: 0.1, overtaking: 0.1, duplicates: 0.1 };
    await using pair = await LossyPair.start({ transport, road });
    const startedAt = performance.now();
    const open = [];
    for (let count = 0; count < tunnels; count++) open.push(await pair.tunnel());
    const pauses = await Promise.all(open.map((tunnel) => exchange(tunnel, bytes)));
    const seconds = (performance.now() - startedAt) / 1000;
    const { delivered, lost, twice } = await pair.world.change({});
    t.diagnostic(
      `${tunnels} × ${bytes / 1024} KiB each way in ${seconds.toFixed(1)} s, longest pause ${Math.max(...pauses).toFixed(0)} ms; ${delivered} packets, ${lost} lost, ${twice} twice`,
    );
  });
}
