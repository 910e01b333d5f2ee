import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cellsOf, cut, fit, wrap } from "./fit.ts";

const anything = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "\u001b[2J",
    "東京-1",
    "e\u0301",
    "👩‍👩‍👧‍👦 x",
    "\ud800",
    "\u202eabc",
    "\u200b",
    "a\tb",
    "ﷺ",
    "🇯🇵🇯",
  ),
);
const dangerous =
  /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/u;

test("whatever it is, it takes exactly the cells it has, and holds nothing that a terminal acts on", () => {
  fc.assert(
    fc.property(
      anything,
      fc.nat(40),
      fc.constantFrom("left" as const, "right" as const),
      (words, cells, align) => {
        const text = fit(words, cells, align);
        assert.equal(cellsOf(text), cells);
        assert.doesNotMatch(text, dangerous);
      },
    ),
    { numRuns: 2000 },
  );
});

test("what fits is kept whole, what does not ends in …", () => {
  assert.equal(cut("tokyo", 5), "tokyo");
  assert.equal(cut("tokyo", 4), "tok…");
  assert.equal(fit("東京支店", 6), "東京… ");
  assert.equal(fit("41 ms", 7, "right"), "  41 ms");
  assert.equal(cut("a\u001b]0;title\u0007b", 20), "a?]0;title?b");
});

test("wrapped lines hold all the words, none is too long, and the last of too many is cut", () => {
  assert.deepEqual(wrap("one two three", 8, 3), ["one two", "three"]);
  assert.deepEqual(wrap("one two three four", 8, 2), ["one two", "three f…"]);
  fc.assert(
    fc.property(anything, fc.integer({ min: 4, max: 40 }), (words, cells) => {
      const lines = wrap(words, cells, 50);
      for (const line of lines) assert.ok(cellsOf(line) <= cells, line);
    }),
  );
});
