import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzing } from "@octoproxy/lib/testing/fuzzing";
import fc from "fast-check";
import { parseEgressEntry } from "./egress-entry.ts";

const read = (text: string): string | undefined => {
  const entry = parseEgressEntry(text);
  return entry && `${entry.network ?? entry.host} ${entry.port ?? "any"}`;
};

test("networks, addresses and hosts, each with a port or without", () => {
  for (const [text, expected] of [
    ["10.0.0.0/8", "10.0.0.0/8 any"],
    ["10.0.0.0/8:443", "10.0.0.0/8 443"],
    ["192.0.2.1:22", "192.0.2.1/32 22"],
    ["::1", "::1/128 any"],
    ["2001:db8::/32", "2001:db8::/32 any"],
    ["[2001:db8::]/32:443", "2001:db8::/32 443"],
    ["[::1]:443", "::1/128 443"],
    ["[::1]", "::1/128 any"],
    ["Example.COM.", "example.com any"],
    ["*.example.com:8443", "*.example.com 8443"],
    ["localhost:1", "localhost 1"],
  ] as const) {
    assert.equal(read(text), expected, text);
  }
});

test("nothing else", () => {
  for (const text of [
    "",
    "*",
    "*.",
    "a:0",
    "a:65536",
    "http://a",
    "10.0.0.0/33",
    "a/8",
    "*.10.0.0.1",
    "a b",
    "[a]:1",
    "~x",
  ]) {
    assert.equal(read(text), undefined, text);
  }
});

test("any text is an entry with exactly one of network and host, or none", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."a*.:/[]019-~ ") }), (text) => {
      const entry = parseEgressEntry(text);
      return entry === undefined || (entry.network === undefined) !== (entry.host === undefined);
    }),
    fuzzing("egress-entries"),
  );
});
