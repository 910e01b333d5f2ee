import assert from "node:assert/strict";
import { test } from "node:test";
import { garbageCollector } from "../../lifecycle/garbage-collector.ts";
import { type Http2Stream, streamState } from "./stream.ts";
import { StreamQueue } from "./stream-queue.ts";

const made = (): Http2Stream => ({ state: 0 }) as unknown as Http2Stream;

test("streams come in the order in which they were pushed, each once, and only those that live", () => {
  const queue = new StreamQueue(streamState.waiting);
  const [first, dead, last] = [made(), made(), made()];
  for (const stream of [first, dead, first, last]) queue.push(stream);
  dead.state |= streamState.dead;
  assert.equal(queue.shift(), first);
  queue.push(first);
  assert.equal(queue.shift(), last);
  assert.equal(queue.shift(), first);
  assert.equal(queue.shift(), undefined);
  assert.equal(queue.length, 0);
});

test("a stream that came out is not kept", async () => {
  const queue = new StreamQueue(streamState.waiting);
  const gone: WeakRef<Http2Stream>[] = [];
  for (let count = 0; count < 40; count++) {
    const stream = made();
    gone.push(new WeakRef(stream));
    queue.push(stream);
  }
  for (let count = 0; count < 30; count++) queue.shift();
  await new Promise(setImmediate);
  garbageCollector()?.({ type: "major", execution: "sync" });
  assert.equal(gone.filter((ref) => ref.deref() !== undefined).length, 10);
});
