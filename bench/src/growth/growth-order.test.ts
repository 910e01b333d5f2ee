import assert from "node:assert/strict";
import { test } from "node:test";
import { growthOrder } from "./growth-order.ts";

const curve = (of: (n: number) => number) =>
  [2, 10, 100, 1000, 10_000].map((n, index) => ({ n, value: of(n) * (index % 2 === 0 ? 1.04 : 0.96) }));

test("the order of growth is named through 4 % of noise", () => {
  assert.equal(growthOrder(curve(() => 50)), "flat");
  assert.equal(growthOrder(curve((n) => 20 + 10 * Math.log2(n))), "logarithmic");
  assert.equal(growthOrder(curve((n) => 30 + 5 * Math.sqrt(n))), "as the square root");
  assert.equal(growthOrder(curve((n) => 50 + 3 * n)), "linear");
  assert.equal(growthOrder(curve((n) => 50 + n * n)), "quadratic");
  assert.equal(growthOrder(curve((n) => 50 + n * n).slice(2)), "too few points");
  assert.equal(growthOrder(curve((n) => 1000 / n)), "nearly flat");
  // Noise and a cold cache at the end are no order of growth.
  const noisy = [136, 194, 124, 75, 318].map((value, index) => ({ n: 10 ** (index + 1), value }));
  assert.equal(growthOrder(noisy), "nearly flat");
});
