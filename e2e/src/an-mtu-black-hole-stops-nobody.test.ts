import { type TestContext, test } from "node:test";
import { everydayTransports } from "./harness/on-each-transport.ts";
import { exchange, LossyPair, type LossyPairOptions } from "./lossy/lossy-pair.ts";
import { ownNetwork } from "./lossy/own-network.ts";

const skip = ownNetwork();
const bytes = process.env.OCTOPROXY_FULL === undefined ? 2 ** 20 : 16 * 2 ** 20;
/** As in a tunnel of somebody's, or on a telephone. */
const narrow = 1280;

/** Exact bytes while the road is wide and again when it has become narrow, in a tunnel that was open before as well. */
const play = async (t: TestContext, options: LossyPairOptions): Promise<void> => {
  await using pair = await LossyPair.start({ ...options, road: { delayMs: 5, ...options.road } });
  const took: string[] = [];
  const timed = async (what: string, work: () => Promise<number>): Promise<void> => {
    const startedAt = performance.now();
    const pause = await work();
    const ms = performance.now() - startedAt;
    took.push(`${what} ${ms.toFixed(0)} ms with a pause of ${pause.toFixed(0)} ms`);
  };
  const before = await pair.tunnel();
  await timed("before", async () => exchange(await pair.tunnel(), bytes));
  await pair.world.change({ mtu: narrow });
  await timed("open before", () => exchange(before, bytes));
  await timed("after", async () => exchange(await pair.tunnel(), bytes));
  const { tooLong } = await pair.world.change({});
  t.diagnostic(`${took.join(", ")}; ${tooLong} packets too long`);
};

// R37
for (const transport of everydayTransports) {
  test(`the road becomes narrow and says so (${transport})`, { skip }, (t) =>
    play(t, { transport, road: { tells: true } }),
  );
}

test("the road becomes narrow and is silent: a black hole (quic)", { skip }, (t) =>
  play(t, { transport: "quic", road: { tells: false } }),
);

test("the road becomes narrow and is silent, where the system looks for black holes (http2)", { skip }, (t) =>
  play(t, { transport: "http2", road: { tells: false }, prepare: (world) => world.probeTcpMtu() }),
);
