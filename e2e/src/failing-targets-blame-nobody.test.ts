import assert from "node:assert/strict";
import { test } from "node:test";
import { freePort } from "@octoproxy/lib/testing/free-port";
import type { LogLine } from "./harness/daemon-process.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { Fleet } from "./harness/fleet.ts";
import { fillBacklog } from "./harness/full-backlog.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";
import { TunnelLoad } from "./harness/tunnel-load.ts";

const full = process.env.OCTOPROXY_FULL !== undefined;

/** What blames a backend: a change of its state, an ejection, an attempt with a code of its own. */
const isBlame = ({ msg, attempts }: LogLine): boolean =>
  msg.startsWith("backend") ||
  ((attempts ?? []) as { code?: string }[]).some(
    ({ code }) => code !== undefined && !/^CONNECTION_/.test(code),
  );

const ask = async (
  proxy: string,
  authority: string,
): Promise<{ status: number; head: string; ms: number }> => {
  const startedAt = performance.now();
  const { status, head, socket } = await connectThrough(proxy, authority);
  socket.destroy();
  return { status, head, ms: performance.now() - startedAt };
};

test("slow targets: every answer is the target's 504, nobody is blamed, other targets are served", async (context) => {
  await using fleet = await Fleet.start();
  await using slow = await fillBacklog();
  await using target = await EchoTarget.start();
  const { length: since } = fleet.client.lines;
  await using load = new TunnelLoad(fleet.proxy, target.address, 20);
  const asked: Promise<{ status: number; head: string; ms: number }>[] = [];
  for (let second = 0; second < (full ? 60 : 1); second++) {
    for (let count = 0; count < 20; count++) asked.push(ask(fleet.proxy, slow.address));
    await load.more(20);
  }
  const answers = await Promise.all(asked);
  for (const { status, head } of answers) {
    assert.equal(status, 504, head);
    assert.match(head, /error=connection_timeout/);
  }
  const { failed, opened, slowestMs } = await load.end();
  assert.deepEqual(failed, []);
  assert.deepEqual(fleet.client.lines.slice(since).filter(isBlame), []);
  const slowest = Math.max(...answers.map(({ ms }) => ms));
  context.diagnostic(
    `${answers.length} answers, all 504, the last after ${(slowest / 1000).toFixed(1)} s; beside them ${opened} tunnels, slowest ${slowestMs} ms`,
  );
});

test("a thousand refused targets change nobody's state", async () => {
  await using fleet = await Fleet.start();
  await using target = await EchoTarget.start();
  const { length: since } = fleet.client.lines;
  const closed = `127.0.0.1:${await freePort()}`;
  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(fleet.proxy, closed)));
    for (const { status, head } of answers) {
      assert.equal(status, 502, head);
      assert.match(head, /error=connection_refused/);
    }
  }
  let seen = 0;
  await fleet.client.line(({ msg }) => msg === "tunnel" && ++seen === 1000, "1000 lines", since);
  const lines = fleet.client.lines.slice(since);
  assert.deepEqual(lines.filter(isBlame), []);
  const asked = Map.groupBy(
    lines.filter(({ msg }) => msg === "tunnel"),
    ({ backend }) => String(backend),
  );
  assert.deepEqual([...asked.values()].map(({ length }) => length).sort(), [333, 333, 334]);
  assert.equal((await ask(fleet.proxy, target.address)).status, 200);
});
