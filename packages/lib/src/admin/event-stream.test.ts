import assert from "node:assert/strict";
import { test } from "node:test";
import { type EventSocket, EventStream } from "./event-stream.ts";
import { FakeSource } from "./fake-source.fixture.ts";

class Socket implements EventSocket {
  bufferedAmount = 0;
  terminated = false;
  reads = true;
  readonly sent: { readonly type: string; readonly omitted?: number }[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text));
    if (!this.reads) this.bufferedAmount += text.length;
  }

  terminate(): void {
    this.terminated = true;
  }
}

const failed = {
  type: "error",
  at: "2026-11-24T14:02:11.512Z",
  level: "warn",
  message: "x".repeat(500),
  code: "DNS_ERROR",
  side: "target",
  backend: null,
  target: null,
  omitted: 0,
} as const;

test("who does not read is dropped with a bounded backlog, by events and by snapshots; others are not hurt", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const source = new FakeSource();
  const stream = new EventStream(source);
  const [deaf, mute, well] = [new Socket(), new Socket(), new Socket()];
  deaf.reads = false;
  for (const socket of [deaf, well]) stream.add(socket, 0);
  const drain = { type: "drain", at: failed.at, level: "info", message: failed.message } as const;
  for (let count = 0; count < 5000 && !deaf.terminated; count++) source.tell(drain);
  assert.equal(deaf.terminated, true);
  assert.ok(deaf.bufferedAmount < 1.1 * 1024 * 1024, `${deaf.bufferedAmount}`);
  mute.bufferedAmount = 100_000;
  stream.add(mute, 0);
  for (let count = 0; count < 25; count++) t.mock.timers.tick(400);
  assert.equal(mute.terminated, true);
  assert.equal(mute.sent.length, 1);
  assert.equal(well.terminated, false);
  stream.remove(well);
  assert.equal(stream.readers, 0);
  assert.equal(source.listeners.size, 0);
});

test("a storm of errors is told in part, with the number of those that were not", () => {
  const source = new FakeSource();
  const stream = new EventStream(source);
  const socket = new Socket();
  stream.add(socket, 0);
  for (let count = 0; count < 1000; count++) source.tell(failed);
  stream.tick();
  source.tell(failed);
  stream.remove(socket);
  const errors = socket.sent.filter(({ type }) => type === "error");
  const told = errors.length + errors.reduce((sum, { omitted = 0 }) => sum + omitted, 0);
  assert.equal(told, 1001);
  assert.ok(errors.length < 50);
});
