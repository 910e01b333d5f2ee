import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { Pair, transports } from "./harness/pair.ts";
import { connectThrough, readAll } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";

for (const transport of transports) {
  test(`${transport}: 2,000 tunnels are open at once on one backend connection and each carries its own bytes`, async () => {
    await using pair = await Pair.start({ transport });
    await using target = await TcpTarget.start();
    const tunnels: { application: Socket; there: Socket }[] = [];
    for (let opened = 0; opened < 2000; opened += 100) {
      const batch = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const number = opened + index;
          const { socket, status } = await connectThrough(pair.proxy, target.address, `${number};`);
          assert.equal(status, 200);
          return socket;
        }),
      );
      for (const application of batch) tunnels.push({ application, there: await target.next() });
    }
    const seen = new Set<string>();
    await Promise.all(
      tunnels.map(async ({ application, there }) => {
        application.end();
        const said = (await readAll(there)).toString();
        there.end(said);
        seen.add(said);
      }),
    );
    const answers = await Promise.all(tunnels.map(({ application }) => readAll(application)));
    assert.equal(seen.size, 2000);
    assert.deepEqual(
      answers.map(String),
      tunnels.map((_, number) => `${number};`),
    );
    const connections = pair.server.lines.filter((line) => line.msg === "client connected");
    assert.equal(connections.length, 1);
  });
}
