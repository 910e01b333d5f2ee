import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzing } from "../testing/fuzzing.ts";
import { bearsName } from "./server-name.ts";
import { addressBytes, type GeneralName } from "./x509/general-name.ts";

const dns = (value: string): GeneralName => ({ type: "DNS", value, bytes: Buffer.from(value) });
const ip = (value: string): GeneralName => ({ type: "IP", value, bytes: addressBytes(value) });
const bears = (pattern: string, wanted: string): boolean => bearsName([dns(pattern)], wanted);

test("a name is itself, whatever the case and the final dot", () => {
  assert.ok(bears("Example.COM", "example.com."));
  assert.ok(bears("localhost", "localhost"));
  assert.ok(!bears("example.com", "www.example.com"));
  assert.ok(!bears("example.com\0.evil.example", "example.com"));
  assert.ok(bears("xn--bcher-kva.example", "bücher.example"));
});

test("a wildcard is one whole first label with two labels behind it", () => {
  assert.ok(bears("*.example.com", "www.example.com"));
  for (const [pattern, wanted] of [
    ["*.example.com", "example.com"],
    ["*.example.com", "a.b.example.com"],
    ["*.example.com", ".example.com"],
    ["*.com", "example.com"],
    ["*", "localhost"],
    ["w*.example.com", "www.example.com"],
    ["www.*.com", "www.example.com"],
    ["*.*.com", "www.example.com"],
    ["*.0.2.1", "192.0.2.1"],
    ["*.example.com", "*.example.com"],
  ] as const) {
    assert.ok(!bears(pattern, wanted), `${pattern} ${wanted}`);
  }
});

test("an address is sought among addresses, in every way of writing it", () => {
  assert.ok(bearsName([ip("::1")], "[0:0::1]"));
  assert.ok(bearsName([ip("192.0.2.1")], "::ffff:192.0.2.1"));
  assert.ok(bearsName([ip("fe80::1")], "fe80::1%eth0"));
  assert.ok(!bearsName([dns("192.0.2.1")], "192.0.2.1"));
  assert.ok(!bearsName([ip("192.0.2.1")], "192.0.2.2"));
});

test("nothing makes it throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (pattern, wanted) => {
      assert.equal(typeof bears(pattern, wanted), "boolean");
    }),
    fuzzing("server-names"),
  );
});
