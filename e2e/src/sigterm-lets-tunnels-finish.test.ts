import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { Pair, transports } from "./harness/pair.ts";
import { connectThrough, hostAndPort, readAll } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";

const refuses = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(hostAndPort(address));
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", () => resolve(true));
  });

const openTunnels = async (pair: Pair, target: TcpTarget, count: number) => {
  const open = Array.from({ length: count }, () => connectThrough(pair.proxy, target.address));
  const there = await Promise.all(Array.from({ length: count }, () => target.next()));
  return { application: (await Promise.all(open)).map(({ socket }) => socket), there };
};

const sides = transports.flatMap((transport) => [
  ["client", transport] as const,
  ["server", transport] as const,
]);

// R12
for (const [side, transport] of sides) {
  test(`${transport}: a ${side} that is told to stop takes nothing new, finishes 100 tunnels and ends with 0`, async () => {
    await using pair = await Pair.start({ transport });
    await using target = await TcpTarget.start();
    const { application, there } = await openTunnels(pair, target, 100);
    pair[side].kill("SIGTERM");
    await pair[side].line((line) => line.msg === "draining", "draining");
    assert.equal(await refuses(side === "client" ? pair.proxy : pair.serverAddress), true);
    for (const [index, socket] of application.entries()) socket.end(`message ${index}`);
    const received = await Promise.all(there.map(async (socket) => (await readAll(socket)).toString()));
    assert.equal(new Set(received).size, 100);
    for (const socket of there) socket.end("answer");
    for (const socket of application) assert.equal((await readAll(socket)).toString(), "answer");
    assert.equal(await pair[side].exit(), 0);
  });
}

for (const [side, transport] of sides.filter(([, name]) => name !== "webtransport")) {
  test(`${transport}: a second SIGTERM ends a ${side} at once, with 143`, async (t) => {
    await using pair = await Pair.start({ transport, [side]: "drain_timeout = 600" });
    await using target = await TcpTarget.start();
    const { application } = await openTunnels(pair, target, 1);
    const cut = once(application[0]!.resume(), "error");
    pair[side].kill("SIGTERM");
    await pair[side].line((line) => line.msg === "draining", "draining");
    const startedAt = performance.now();
    pair[side].kill("SIGTERM");
    assert.equal(await pair[side].exit(), 143);
    t.diagnostic(`ended after ${(performance.now() - startedAt).toFixed(0)} ms`);
    assert.equal(((await cut)[0] as NodeJS.ErrnoException).code, "ECONNRESET");
  });
}

for (const transport of transports) {
  test(`${transport}: a drain that has to cut tunnels ends with 1`, async () => {
    await using pair = await Pair.start({ transport, client: "drain_timeout = 1" });
    await using target = await TcpTarget.start();
    const { application } = await openTunnels(pair, target, 1);
    application[0]?.on("error", () => undefined);
    pair.client.kill("SIGTERM");
    assert.equal(await pair.client.exit(), 1);
  });
}
