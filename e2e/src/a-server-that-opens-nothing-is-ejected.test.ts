import assert from "node:assert/strict";
import { test } from "node:test";
import { EchoTarget } from "./harness/echo-target.ts";
import { Fleet } from "./harness/fleet.ts";
import { Impostor } from "./harness/impostor.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";

const ask = async (fleet: Fleet, target: EchoTarget): Promise<{ status: number; head: string }> => {
  const { status, head, socket } = await connectThrough(fleet.proxy, target.address);
  socket.destroy();
  return { status, head };
};

test("five failures of its own eject a server that is connected; no request fails, and the last one is kept", async () => {
  await using fleet = await Fleet.start({
    names: ["one", "two"],
    away: ["two"],
    client: 'balance = "round_robin"',
  });
  await using target = await EchoTarget.start();
  await using impostor = await Impostor.failing(fleet.address("two"), fleet.folder);
  await fleet.isUp("two");
  const { length: since } = fleet.client.lines;
  for (let number = 0; number < 12; number++) assert.equal((await ask(fleet, target)).status, 200);
  const line = await fleet.client.line(({ msg }) => msg.startsWith("backend ejected"), "ejected", since);
  assert.equal(line.backend, "two");
  assert.ok(Number(line.seconds) <= 30);

  // Now the only one that works goes away: one that may fail is better than none, and its answer is told.
  fleet.server("one").kill("SIGKILL");
  await fleet.isDown("one", since);
  const { status, head } = await ask(fleet, target);
  assert.equal(status, 500, head);
  assert.match(head, /octoproxy-server; error=proxy_internal_error/);
  assert.equal(
    fleet.client.lines.slice(since).filter(({ msg }) => msg.startsWith("backend ejected")).length,
    1,
  );
  assert.ok(impostor.accepted >= 1);
});
