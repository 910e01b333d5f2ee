import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decimalAt } from "./decimal.ts";

test("it reads what a regular expression and Number read, and nothing else", () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[0-9+\-. eE]{0,20}$/),
    fc.stringMatching(/^\d{1,20}$/),
  );
  fc.assert(
    fc.property(text, fc.nat(3), fc.integer({ min: 1, max: 15 }), (tail, from, most) => {
      const whole = "x".repeat(from) + tail;
      const isNumber = new RegExp(`^\\d{1,${most}}$`).test(tail);
      assert.equal(decimalAt(whole, from, most), isNumber ? Number(tail) : -1);
    }),
  );
});
