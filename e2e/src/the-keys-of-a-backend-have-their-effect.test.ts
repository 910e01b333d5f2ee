import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { EchoTarget } from "./harness/echo-target.ts";
import { Fleet } from "./harness/fleet.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";

const ask = async (fleet: Fleet, target: EchoTarget) => {
  const { status, head, socket } = await connectThrough(fleet.proxy, target.address);
  socket.destroy();
  return { status, head };
};

test('status = "force_closed": never connected, never picked, and the answer says that it is disabled', async () => {
  await using fleet = await Fleet.start({
    names: ["one", "two"],
    away: ["one"],
    backend: (name) => (name === "one" ? 'status = "force_closed"' : ""),
    client: 'balance = "first"\nhost_rule = "rules.toml"',
    rules: '["named.example"]\nbackend = "one"\n',
  });
  await using target = await EchoTarget.start();
  const { length: since } = fleet.client.lines;
  assert.equal((await ask(fleet, target)).status, 200);
  await fleet.carries("two", since);
  const { status, head } = await connectThrough(fleet.proxy, "named.example:1");
  assert.equal(status, 503);
  assert.match(head, /no backend is up \(one: disabled\)/);
  assert.ok(!fleet.client.lines.some(({ msg, backend }) => msg === "backend" && backend === "one"));
});

test("max_retries: a server that stays away is given up with a line in the log; a user's need begins anew", async () => {
  await using fleet = await Fleet.start({
    names: ["one"],
    away: ["one"],
    backend: () => "max_retries = 2",
  });
  await using target = await EchoTarget.start();
  const gaveUp = await fleet.client.line(({ event }) => event === "gave_up", "given up");
  assert.match(
    String(gaveUp.say),
    /one is given up after 2 attempts: .* refused the connection; reset it to try again/,
  );
  await fleet.startServer("one");
  assert.equal((await ask(fleet, target)).status, 200);
});

test("retry_timeout: no wait between two attempts is longer", async () => {
  let attempts = 0;
  const enough = Promise.withResolvers<void>();
  // With the default's cap the ninth attempt comes after 25 s at the earliest, with this one after 4 s.
  const timer = setTimeout(() => enough.reject(new Error(`${attempts} attempts in 20 s`)), 20_000);
  const hangsUp = createServer((socket) => {
    socket.on("error", () => undefined).destroy();
    if (++attempts === 9) enough.resolve();
  }).listen(0, "127.0.0.1");
  await once(hangsUp, "listening");
  await using fleet = await Fleet.start({
    names: ["one", "two"],
    away: ["two"],
    addresses: { two: `127.0.0.1:${(hangsUp.address() as AddressInfo).port}` },
    backend: () => "retry_timeout = 0.5",
  });
  await enough.promise;
  clearTimeout(timer);
  hangsUp.close();
  assert.ok(fleet.client.running);
});
