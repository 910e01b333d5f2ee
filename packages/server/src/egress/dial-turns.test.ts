import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DialTurns } from "./dial-turns.ts";

const { signal: never } = new AbortController();

test("what is above the limit waits for its turn, in order, each client by itself", async () => {
  const turns = new DialTurns(2);
  assert.equal(turns.take("one", never), undefined);
  assert.equal(turns.take("one", never), undefined);
  const order: string[] = [];
  const third = turns.take("one", never)?.then(() => order.push("third"));
  const fourth = turns.take("one", never)?.then(() => order.push("fourth"));
  assert.equal(turns.take("other", never), undefined);
  turns.leave("one");
  await third;
  assert.deepEqual(order, ["third"]);
  turns.leave("one");
  await fourth;
  assert.deepEqual(order, ["third", "fourth"]);
  turns.leave("one");
  turns.leave("one");
  assert.equal(turns.take("one", never), undefined);
});

test("one that gives up leaves its place; aborted before, it never had one", async () => {
  const turns = new DialTurns(1);
  assert.equal(turns.take("one", never), undefined);
  const controller = new AbortController();
  const gaveUp = turns.take("one", controller.signal)!;
  const next = turns.take("one", never)!;
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(gaveUp, reason);
  await assert.rejects(turns.take("one", controller.signal)!, reason);
  turns.leave("one");
  await next;
});

test("never more at once than may be, and everybody who stays gets a turn", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.boolean(), { maxLength: 30 }),
      async (limit, stays) => {
        const turns = new DialTurns(limit);
        let running = 0;
        let served = 0;
        const dial = async (staying: boolean): Promise<void> => {
          const controller = new AbortController();
          const waiting = turns.take("one", controller.signal);
          if (!staying) queueMicrotask(() => controller.abort(new Error("gave up")));
          if (waiting !== undefined) await waiting;
          running++;
          assert.ok(running <= limit);
          await Promise.resolve();
          running--;
          served++;
          turns.leave("one");
        };
        const results = await Promise.allSettled(stays.map(dial));
        assert.equal(results.filter(({ status }) => status === "fulfilled").length, served);
        assert.ok(served >= stays.filter(Boolean).length);
        assert.equal(running, 0);
      },
    ),
  );
});
