import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { TimerWheel } from "../deadline/timer-wheel.ts";
import { ProxyError } from "../error/proxy-error.ts";
import { turnsUntil } from "../transport/conformance/expect.ts";
import { type Chain, ChainFactory } from "./chain.ts";
import { Loopback } from "./loopback.ts";

const megabyte = 1 << 20;

/** All bytes until FIN. (`stream/consumers` would destroy the socket's other direction at the end.) */
const readAll = async (socket: Socket): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket.resume(), "end");
  return Buffer.concat(chunks);
};

/** What the last word about a socket was: `end`, or the code of its error. */
const lastWord = async (socket: Socket): Promise<string> => {
  const word = Promise.withResolvers<string>();
  socket.once("error", (error: NodeJS.ErrnoException) => word.resolve(error.code ?? ""));
  socket.once("end", () => word.resolve("end"));
  socket.resume();
  return word.promise;
};

for (const shape of ["tunnel", "direct"] as const) {
  test(`${shape}: FIN, a pause, 1 MB the other way, FIN, from either side`, async () => {
    await using loopback = await Loopback.start();
    using chains = new ChainFactory(loopback);
    for (const first of ["application", "target"] as const) {
      const chain = await chains[shape]();
      const [early, late] =
        first === "application" ? [chain.application, chain.target] : [chain.target, chain.application];
      early.end("request");
      assert.equal((await readAll(late)).toString(), "request");
      const answer = readAll(early);
      late.write(Buffer.alloc(megabyte, 0x41));
      late.end();
      assert.equal((await answer).length, megabyte);
      const result = await chain.clientResult;
      assert.deepEqual([result.error, result.side], [undefined, undefined]);
      const [up, down] = first === "application" ? [7, megabyte] : [megabyte, 7];
      assert.deepEqual([result.bytesUp, result.bytesDown], [up, down]);
      await chain.serverResult;
      await turnsUntil(() => loopback.open === 0 && chains.openStreams === 0);
    }
  });

  test(`${shape}: RST on one side is RST on the other, forty times`, async () => {
    await using loopback = await Loopback.start();
    using chains = new ChainFactory(loopback);
    for (let round = 0; round < 40; round++) {
      const chain = await chains[shape]();
      const fromApplication = round % 2 === 0;
      const [from, to] = fromApplication
        ? [chain.application, chain.target]
        : [chain.target, chain.application];
      const word = lastWord(to);
      if (round % 4 > 1) {
        from.write("some bytes");
        to.write("some bytes");
        await once(to, "data");
      }
      from.resetAndDestroy();
      assert.equal(await word, "ECONNRESET");
      const { error, side } = await chain.clientResult;
      assert.deepEqual([error?.code, side], ["RESET", fromApplication ? "near" : "far"]);
      await chain.serverResult;
    }
    await turnsUntil(() => loopback.open === 0 && chains.openStreams === 0);
  });

  test(`${shape}: a reader that stands still bounds what is taken, and gets all of it later`, async () => {
    await using loopback = await Loopback.start();
    using chains = new ChainFactory(loopback);
    for (const direction of ["up", "down"] as const) {
      const chain = await chains[shape]();
      const [from, to] =
        direction === "up" ? [chain.application, chain.target] : [chain.target, chain.application];
      const size = 64 * megabyte;
      from.end(Buffer.alloc(size, 0x42));
      const counted = (end: Chain["client"]) => (direction === "up" ? end.bytesUp : end.bytesDown);
      await standstill(() => counted(chain.client) + counted(chain.server));
      const taken = Math.max(counted(chain.client), counted(chain.server));
      assert.ok(taken > 0 && taken < 16 * megabyte, `${taken} bytes were taken`);
      assert.equal((await readAll(to)).length, size);
      to.end();
      assert.equal((await chain.clientResult).error, undefined);
    }
  });
}

/** Resolves when a number has not moved for a hundred turns of the event loop with I/O. */
const standstill = async (value: () => number): Promise<void> => {
  for (let same = 0, before = -1; same < 100; ) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    same = value() === before && before > 0 ? same + 1 : 0;
    before = value();
  }
};

test("destroy resets both sides and is told once", async () => {
  await using loopback = await Loopback.start();
  using chains = new ChainFactory(loopback);
  const chain = await chains.direct();
  const words = [lastWord(chain.application), lastWord(chain.target)];
  chain.client.destroy(new ProxyError("ABORTED", { detail: "closed by the administrator" }));
  chain.client.destroy();
  assert.deepEqual(await Promise.all(words), ["ECONNRESET", "ECONNRESET"]);
  const { error, side } = await chain.clientResult;
  assert.deepEqual([error?.message, side], ["closed by the administrator", "here"]);
});

test("an idle tunnel is reset after its time, and bytes put that off", async () => {
  await using loopback = await Loopback.start();
  const wheel = new TimerWheel(500);
  using chains = new ChainFactory(loopback, { wheel, idleTimeoutMs: 5_000 });
  const chain = await chains.direct();
  const ticks = (count: number) => {
    for (let tick = 0; tick < count; tick++) wheel.tick();
  };
  ticks(8);
  chain.application.write("still there");
  await once(chain.target.resume(), "data");
  ticks(8);
  assert.equal(chain.client.done, false);
  const words = [lastWord(chain.application), lastWord(chain.target)];
  ticks(4);
  assert.equal((await chain.clientResult).error?.code, "IDLE");
  assert.deepEqual(await Promise.all(words), ["ECONNRESET", "ECONNRESET"]);
  assert.equal(wheel.armed, 0);
});

test("a half-closed tunnel has a shorter patience, counted from its last byte", async () => {
  await using loopback = await Loopback.start();
  const wheel = new TimerWheel(500);
  using chains = new ChainFactory(loopback, { wheel, idleTimeoutMs: 60_000, halfCloseTimeoutMs: 2_000 });
  const chain = await chains.direct();
  for (let tick = 0; tick < 20; tick++) wheel.tick();
  const ended = once(chain.target.resume(), "end");
  chain.application.end();
  await ended;
  for (let tick = 0; tick < 3; tick++) wheel.tick();
  assert.equal(chain.client.done, false);
  for (let tick = 0; tick < 3; tick++) wheel.tick();
  assert.equal((await chain.clientResult).error?.code, "IDLE");
});

test("2,000 tunnels, opened and ended in every way, leave no handle behind", {
  timeout: 60_000,
}, async () => {
  await using loopback = await Loopback.start();
  using chains = new ChainFactory(loopback);
  const handles = () => process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
  await turnsUntil(() => handles() === 0);
  const ways = [
    (chain: Chain) => chain.application.end(),
    (chain: Chain) => {
      chain.target.end("bye");
      chain.application.end("bye");
    },
    (chain: Chain) => chain.application.resetAndDestroy(),
    (chain: Chain) => chain.target.resetAndDestroy(),
    (chain: Chain) => chain.application.destroy(),
    (chain: Chain) => chain.client.destroy(),
    (chain: Chain) => {
      chain.application.end();
      chain.server.destroy();
    },
  ];
  for (let round = 0; round < 40; round++) {
    const batch: Chain[] = [];
    for (let number = 0; number < 50; number++) {
      batch.push(await (number % 2 === 0 ? chains.tunnel() : chains.direct()));
    }
    assert.ok(handles() >= 200);
    for (const [number, chain] of batch.entries()) {
      chain.application.on("error", () => {}).resume();
      // A target that ends when it is told to, as servers do.
      chain.target.on("error", () => {}).resume();
      chain.target.once("end", () => chain.target.end());
      ways[number % ways.length]!(chain);
    }
    await Promise.all(batch.flatMap((chain) => [chain.clientResult, chain.serverResult]));
    await turnsUntil(() => loopback.open === 0 && chains.openStreams === 0);
  }
  await turnsUntil(() => handles() === 0);
});
