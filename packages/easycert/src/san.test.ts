import assert from "node:assert/strict";
import test from "node:test";
import { fuzzing } from "@octoproxy/lib/testing/fuzzing";
import fc from "fast-check";
import { EasycertError } from "./easycert-error.ts";
import { parseSan, parseSans, sanOfHost } from "./san.ts";

test("types in any case; names become lower case and ASCII", () => {
  assert.deepEqual(parseSan("dns:Localhost."), { type: "DNS", value: "localhost" });
  assert.deepEqual(parseSan("DNS:*.Corp.example"), { type: "DNS", value: "*.corp.example" });
  assert.deepEqual(parseSan("Dns:bücher.example"), { type: "DNS", value: "xn--bcher-kva.example" });
  assert.deepEqual(parseSan("ip:::1"), { type: "IP", value: "::1" });
  assert.deepEqual(parseSan("EMAIL:me@corp.example"), { type: "email", value: "me@corp.example" });
  assert.deepEqual(parseSan("uri:spiffe://corp/laptop"), { type: "URI", value: "spiffe://corp/laptop" });
});

test("several in one, none twice", () => {
  assert.deepEqual(
    parseSans(["DNS:a.example,IP:192.0.2.1", "dns:A.example"]).map(({ type, value }) => `${type}:${value}`),
    ["DNS:a.example", "IP:192.0.2.1"],
  );
});

test("what is no name is refused with status 2 and says what it is", () => {
  for (const text of [
    "localhost",
    "",
    ":",
    "DNS:",
    "DNS:a b",
    "DNS:a\nb.example",
    "DNS:%61.example",
    "DNS:0x7f.1",
    "DNS:-a.example",
    "DNS:a..b",
    "DNS:*",
    "DNS:*.example",
    "DNS:a.*.example",
    "DNS:192.0.2.1",
    "DNS:1.2.3",
    "DNS:http://a.example",
    "DNS:a.example\0.b",
    `DNS:${"a".repeat(64)}.example`,
    `DNS:${"a.".repeat(127)}aa`,
    "IP:localhost",
    "IP:192.0.2.0/24",
    "IP:0300.0.2.1",
    "IP:fe80::1%eth0",
    "email:me",
    "URI:nothing",
    "URI:a: b",
    "RID:1.2.3",
  ]) {
    assert.throws(
      () => parseSan(text),
      (error) => error instanceof EasycertError && error.status === 2 && /^--san "/.test(error.message),
      text,
    );
  }
});

test("a host gets the kind of name that it is found under", () => {
  assert.deepEqual(sanOfHost("proxy.example"), { type: "DNS", value: "proxy.example" });
  assert.deepEqual(sanOfHost("192.0.2.1"), { type: "IP", value: "192.0.2.1" });
  assert.deepEqual(sanOfHost("[2001:db8::1]"), { type: "IP", value: "2001:db8::1" });
});

test("any text either gives a name that reads back the same, or is refused", () => {
  const prefix = fc.constantFrom("DNS:", "IP:", "email:", "URI:", "", "dns:*.");
  const value = fc.oneof(fc.string({ unit: "binary" }), fc.domain(), fc.ipV4(), fc.ipV6(), fc.webUrl());
  fc.assert(
    fc.property(prefix, value, (type, text) => {
      try {
        const name = parseSan(type + text);
        assert.deepEqual(parseSan(`${name.type}:${name.value}`), name);
        assert.match(name.value, /^[\x21-\x7e]+$/);
      } catch (error) {
        assert.ok(error instanceof EasycertError, String(error));
      }
    }),
    fuzzing("sans"),
  );
});
