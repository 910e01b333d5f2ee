import assert from "node:assert/strict";
import { test } from "node:test";
import { EchoTarget } from "./harness/echo-target.ts";
import { Fleet } from "./harness/fleet.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";

const ask = async (fleet: Fleet, target: EchoTarget) => {
  const startedAt = performance.now();
  const { status, head, socket } = await connectThrough(fleet.proxy, target.address);
  socket.destroy();
  return { status, head, ms: Math.round(performance.now() - startedAt) };
};

test("killed: 503 with each one's reason; the first request after one is back is served", async (context) => {
  await using fleet = await Fleet.start({ names: ["one", "two"] });
  await using target = await EchoTarget.start();
  for (const name of fleet.addresses.keys()) fleet.server(name).kill("SIGKILL");
  for (const name of fleet.addresses.keys()) await fleet.isDown(name);
  for (let count = 0; count < 3; count++) {
    const { status, head, ms } = await ask(fleet, target);
    context.diagnostic(`503 after ${ms} ms`);
    assert.equal(status, 503, head);
    assert.match(head, /error=destination_unavailable/);
    assert.match(head, /one: .*refused the connection.*two: .*refused the connection/);
    assert.ok(ms < 10_000);
  }
  await fleet.startServer("two");
  const { status, head, ms } = await ask(fleet, target);
  context.diagnostic(`served ${ms} ms after the return`);
  assert.equal(status, 200, head);
});

test("stopped: 503 too; the first request after one is back is served", async (context) => {
  await using fleet = await Fleet.start({ names: ["one", "two"] });
  await using target = await EchoTarget.start();
  for (const name of fleet.addresses.keys()) fleet.server(name).kill("SIGSTOP");
  const noticed = await ask(fleet, target);
  context.diagnostic(`noticed and answered after ${noticed.ms} ms`);
  assert.ok([503, 504].includes(noticed.status), noticed.head);
  for (const name of fleet.addresses.keys()) await fleet.isDown(name);
  const { status, head, ms } = await ask(fleet, target);
  context.diagnostic(`503 after ${ms} ms`);
  assert.equal(status, 503, head);
  assert.match(head, /one: .*two: /);
  assert.ok(ms < 10_000);
  fleet.server("one").kill("SIGCONT");
  const back = await ask(fleet, target);
  context.diagnostic(`served ${back.ms} ms after the return`);
  assert.equal(back.status, 200, back.head);
});
