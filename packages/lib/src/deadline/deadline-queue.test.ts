import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { DeadlineQueue } from "./deadline-queue.ts";

/** A clock for timers and `performance.now` alike. */
const fakeClock = () => {
  let now = 0;
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => now);
  return {
    advance: (ms: number) => {
      for (let step = 0; step < ms; step++) {
        now++;
        mock.timers.tick(1);
      }
    },
    [Symbol.dispose]: () => {
      mock.timers.reset();
      mock.restoreAll();
    },
  };
};

test("items expire in their order, each after its own time; renewed and removed ones do not", () => {
  using clock = fakeClock();
  const expired: string[] = [];
  const queue = new DeadlineQueue<string>(100, (item) => expired.push(item));
  queue.add("a");
  queue.add("b");
  clock.advance(50);
  queue.add("c");
  queue.add("a");
  assert.equal(queue.oldest, "b");
  clock.advance(49);
  assert.deepEqual(expired, []);
  clock.advance(1);
  assert.deepEqual(expired, ["b"]);
  queue.delete("c");
  clock.advance(50);
  assert.deepEqual(expired, ["b", "a"]);
  assert.equal(queue.size, 0);
  queue.add("d");
  queue.clear();
  clock.advance(200);
  assert.deepEqual(expired, ["b", "a"]);
});

test("what expires may add itself again", () => {
  using clock = fakeClock();
  let rounds = 0;
  const queue: DeadlineQueue<string> = new DeadlineQueue<string>(10, (item) => {
    if (++rounds < 3) queue.add(item);
  });
  queue.add("a");
  clock.advance(100);
  assert.equal(rounds, 3);
});
