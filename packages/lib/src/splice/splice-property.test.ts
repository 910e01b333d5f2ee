import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { turnsUntil } from "../transport/conformance/expect.ts";
import { seeded } from "../transport/conformance/payload.ts";
import { Recorder } from "../transport/conformance/recorder.ts";
import { MemoryListener } from "../transport/memory/memory-listener.ts";
import type { TunnelStream } from "../transport/tunnel-stream.ts";
import { ChainFactory } from "./chain.ts";
import { Loopback } from "./loopback.ts";
import { SocketStream } from "./socket-stream.ts";
import { Splice, type SpliceResult } from "./splice.ts";

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      write: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 200_000 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ turns: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ reading: fc.boolean() }) },
);
const script = fc.record({
  steps: fc.array(step, { maxLength: 15 }),
  last: fc.oneof(
    { weight: 4, arbitrary: fc.constant("fin" as const) },
    { weight: 1, arbitrary: fc.constant("reset" as const) },
  ),
  seed: fc.integer(),
});
type Script = typeof script extends fc.Arbitrary<infer T> ? T : never;

interface Sent {
  bytes: number;
  head: string;
  digest: string;
}

/** One end of the tunnel does what the script says and tells what it sent. */
const play = async (end: Recorder, { steps, last, seed }: Script): Promise<Sent> => {
  const random = seeded(seed);
  const hash = createHash("sha256");
  const all: Buffer[] = [];
  for (const action of steps) {
    if (end.failure !== undefined) break;
    if ("write" in action) {
      const chunk = Buffer.alloc(action.write, Math.floor(random() * 256));
      chunk.writeUInt8(Math.floor(random() * 256), Math.floor(random() * chunk.length));
      hash.update(chunk);
      all.push(chunk);
      // Not waited for beyond the backpressure of this end: the other may be paused until its own script ends.
      end.stream.write(chunk);
    } else if ("turns" in action) {
      for (let turn = 0; turn < action.turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    } else if (action.reading) end.flow();
    else end.reading = false;
  }
  if (end.failure === undefined) {
    if (last === "fin") end.stream.end();
    else end.abort();
  }
  end.flow();
  const sent = Buffer.concat(all);
  return { bytes: sent.length, head: sent.subarray(0, 256).toString("latin1"), digest: hash.digest("hex") };
};

const check = async (
  application: Recorder,
  target: Recorder,
  result: Promise<SpliceResult>,
  [up, down]: [Script, Script],
): Promise<void> => {
  const [sentUp, sentDown] = await Promise.all([play(application, up), play(target, down)]);
  const { error, bytesUp, bytesDown } = await result;
  if (up.last === "fin" && down.last === "fin") {
    await Promise.all([application.until(() => application.ended), target.until(() => target.ended)]);
    assert.deepEqual([application.failure, target.failure, error], [undefined, undefined, undefined]);
    assert.deepEqual([target.received, application.received], [sentUp.bytes, sentDown.bytes]);
    assert.deepEqual([bytesUp, bytesDown], [sentUp.bytes, sentDown.bytes]);
    assert.deepEqual([target.digest(), application.digest()], [sentUp.digest, sentDown.digest]);
    return;
  }
  // Some end reset: the other never sees a clean end of both ways, and what it saw is a beginning of what was sent.
  assert.equal(error?.code, "RESET");
  for (const [end, its, sent] of [
    [application, up, sentDown],
    [target, down, sentUp],
  ] as const) {
    if (its.last === "fin") await end.until(() => end.failure !== undefined);
    assert.ok(end.received <= sent.bytes);
    const seen = end.text.slice(0, 256);
    assert.equal(seen, sent.head.slice(0, seen.length));
  }
};

test("between memory tunnels: any order of writes, pauses, half-closes and resets", {
  timeout: 60_000,
}, async () => {
  const accepted: TunnelStream[] = [];
  const listener = new MemoryListener(
    {
      connection: () => {},
      tunnel: (tunnel) => accepted.push(tunnel.accept()),
      refused: () => {},
    },
    { window: 20_000 },
  );
  const [first, second] = [await listener.connect(), await listener.connect()];
  const signal = AbortSignal.timeout(50_000);
  await fc.assert(
    fc.asyncProperty(fc.tuple(script, script), async (scripts) => {
      const application = new Recorder(await first.open("in.test:1", signal));
      const near = accepted.pop()!;
      const far = await second.open("out.test:1", signal);
      const target = new Recorder(accepted.pop()!);
      const result = new Promise<SpliceResult>((resolve) => new Splice(near, far, { spliceEnded: resolve }));
      await check(application, target, result, scripts);
      await turnsUntil(() => first.openStreams === 0 && second.openStreams === 0);
    }),
    { numRuns: 200 },
  );
  listener.destroy();
});

for (const shape of ["tunnel", "direct"] as const) {
  test(`between sockets, ${shape}: any order of writes, pauses, half-closes and resets`, {
    timeout: 60_000,
  }, async () => {
    await using loopback = await Loopback.start();
    using chains = new ChainFactory(loopback);
    await fc.assert(
      fc.asyncProperty(fc.tuple(script, script), async (scripts) => {
        const chain = await chains[shape]();
        const application = new Recorder(new SocketStream(chain.application));
        const target = new Recorder(new SocketStream(chain.target));
        await check(application, target, chain.clientResult, scripts);
        await chain.serverResult;
        await turnsUntil(() => loopback.open === 0 && chains.openStreams === 0);
      }),
      { numRuns: 100 },
    );
  });
}
