import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { DeadlineQueue, QueuedDeadline } from "./deadline-queue.ts";

class Item extends QueuedDeadline {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

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
  const queue = new DeadlineQueue<Item>(100, ({ name }) => expired.push(name));
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => new Item(name)) as [Item, Item, Item, Item];
  queue.add(a);
  queue.add(b);
  clock.advance(50);
  queue.add(c);
  queue.add(a);
  assert.equal(queue.oldest, b);
  assert.equal(queue.size, 3);
  clock.advance(49);
  assert.deepEqual(expired, []);
  clock.advance(1);
  assert.deepEqual(expired, ["b"]);
  queue.delete(c);
  queue.delete(b);
  assert.equal(queue.size, 1);
  clock.advance(50);
  assert.deepEqual(expired, ["b", "a"]);
  assert.equal(queue.size, 0);
  queue.add(d);
  queue.clear();
  assert.equal(queue.oldest, undefined);
  clock.advance(200);
  assert.deepEqual(expired, ["b", "a"]);
});

test("what is added to another queue leaves the first, and what is not in a queue is not removed from it", () => {
  using clock = fakeClock();
  const expired: string[] = [];
  const short = new DeadlineQueue<Item>(10, ({ name }) => expired.push(`short ${name}`));
  const long = new DeadlineQueue<Item>(100, ({ name }) => expired.push(`long ${name}`));
  const item = new Item("a");
  short.add(item);
  short.add(new Item("b"));
  long.add(item);
  assert.deepEqual([short.size, long.size], [1, 1]);
  short.delete(item);
  assert.deepEqual([short.size, long.size], [1, 1]);
  clock.advance(100);
  assert.deepEqual(expired, ["short b", "long a"]);
});

test("what expires may add itself again", () => {
  using clock = fakeClock();
  let rounds = 0;
  const queue: DeadlineQueue<Item> = new DeadlineQueue<Item>(10, (item) => {
    if (++rounds < 3) queue.add(item);
  });
  queue.add(new Item("a"));
  clock.advance(100);
  assert.equal(rounds, 3);
});
