import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { didYouMean, nearest } from "./did-you-mean.ts";

const keys = ["address", "protocol", "client_cert", "client_key", "cacert", "weight"];

test("misspelt keys find the one that was meant", () => {
  for (const [word, meant] of [
    ["adress", "address"],
    ["addres", "address"],
    ["protcool", "protocol"],
    ["client-cert", "client_cert"],
    ["clientKey", "client_key"],
    ["wieght", "weight"],
  ] as const) {
    assert.equal(nearest(word, keys), meant, word);
  }
});

test("what is near to nothing has no suggestion", () => {
  for (const word of ["x", "zzzzzz", "balance", "a".repeat(1000)]) assert.equal(didYouMean(word, keys), "");
});

test("one edit anywhere in a word of three letters or more is always found", () => {
  const edited = fc.record({
    at: fc.nat(),
    key: fc.constantFrom(...keys),
    letter: fc.constantFrom("q", "x", "j"),
  });
  fc.assert(
    fc.property(edited, ({ at, key, letter }) => {
      const index = at % key.length;
      const word = key.slice(0, index) + letter + key.slice(index + 1);
      return nearest(word, keys) === key;
    }),
  );
});
