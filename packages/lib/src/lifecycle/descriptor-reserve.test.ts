import assert from "node:assert/strict";
import { openSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { DescriptorReserve } from "./descriptor-reserve.ts";
import { openFileCount, openFileLimit } from "./open-files.ts";

test("the reserve is never given away, however places are taken and freed, and each takes two descriptors", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 64, max: 3000 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 300 }), fc.boolean())),
      (limit, rounds) => {
        let count = 20;
        let now = 0;
        const reserve = new DescriptorReserve(
          () => ({ count, limit }),
          () => now,
        );
        const kept = Math.min(64, Math.ceil(limit / 4));
        for (const [asking, ms, freeing] of rounds) {
          for (let asked = 0; asked < asking; asked++) if (reserve.take()) count += 2;
          assert.ok(limit - count >= kept - 2, `${limit - count} free of ${limit}`);
          if (freeing) count = 20;
          now += ms;
        }
      },
    ),
  );
});

test("what is freed is given away again within a second, and refusing looks seldom", () => {
  let looks = 0;
  let count = 1000;
  let now = 0;
  const reserve = new DescriptorReserve(
    () => {
      looks++;
      return { count, limit: 1024 };
    },
    () => now,
  );
  for (let asked = 0; asked < 1000; asked++) assert.equal(reserve.take(), false);
  assert.deepEqual([reserve.reached, looks], [true, 1]);
  count = 500;
  now += 999;
  assert.equal(reserve.take(), true);
  assert.equal(reserve.reached, false);
});

test("where the system tells nothing, nothing is refused", () => {
  const reserve = new DescriptorReserve(() => ({ count: undefined, limit: undefined }));
  for (let asked = 0; asked < 10_000; asked++) assert.equal(reserve.take(), true);
});

test("a limit that cannot be read any more holds", () => {
  let limit: number | undefined = 128;
  let now = 0;
  const reserve = new DescriptorReserve(
    () => ({ count: limit === undefined ? 128 : 20, limit }),
    () => now,
  );
  assert.equal(reserve.take(), true);
  limit = undefined;
  now += 1000;
  assert.equal(reserve.take(), false);
});

test("this process has descriptors open, and one more when it opens one", {
  skip: process.platform === "linux" ? false : "needs /proc",
}, () => {
  const before = openFileCount()!;
  openSync("/dev/null", "r");
  assert.equal(openFileCount(), before + 1);
  assert.ok(openFileLimit()! > before);
});
