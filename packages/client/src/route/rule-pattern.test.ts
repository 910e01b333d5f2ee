import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzing } from "@octoproxy/lib/testing/fuzzing";
import fc from "fast-check";
import { validateRewrite } from "./rewrite.ts";
import { parsePattern, validatePattern } from "./rule-pattern.ts";

test("every kind of key is read, with a port and without", () => {
  assert.deepEqual(parsePattern("Example.COM."), { kind: "exact", host: "example.com", port: undefined });
  assert.deepEqual(parsePattern("example.com:443"), { kind: "exact", host: "example.com", port: 443 });
  assert.deepEqual(parsePattern("bücher.example"), {
    kind: "exact",
    host: "xn--bcher-kva.example",
    port: undefined,
  });
  for (const one of ["2001:DB8:0:0::1", "[2001:db8::1]"]) {
    assert.deepEqual(parsePattern(one), { kind: "exact", host: "2001:db8::1", port: undefined });
  }
  assert.deepEqual(parsePattern("[2001:db8::1]:80"), { kind: "exact", host: "2001:db8::1", port: 80 });
  assert.deepEqual(parsePattern("*.Corp.example:22"), { kind: "suffix", suffix: "corp.example", port: 22 });
  assert.deepEqual(parsePattern("*:25"), { kind: "any", port: 25 });
  const network = { kind: "network", bytes: [10, 0, 0, 0], prefix: 8 };
  assert.deepEqual(parsePattern("10.0.0.0/8"), { ...network, port: undefined });
  assert.deepEqual(parsePattern("10.0.0.0/8:443"), { ...network, port: 443 });
  assert.deepEqual(parsePattern("::ffff:10.0.0.0/104"), { ...network, port: undefined });
  const fd = parsePattern("[fd00::/8]:443");
  assert.ok(fd.kind === "network" && fd.bytes[0] === 0xfd && fd.prefix === 8 && fd.port === 443);
});

for (const [pattern, fault] of [
  ["", /neither a host name nor an IP address/],
  ["a b", /neither a host name/],
  ["-a.example", /neither a host name/],
  ["fe80::1%eth0", /neither a host name/],
  ["http://a.example/", /"\/\/a.example\/" is not a port/],
  ["a.example:0", /"0" is not a port/],
  ["a.example:65536", /"65536" is not a port/],
  ["a.example:", /"" is not a port/],
  ["[::1", /brackets/],
  ["[::1]443", /brackets/],
  ["cdn*.example", /beginning only/],
  ["*.*.example", /neither a host name|beginning only/],
  ["*.10.0.0.1", /no subdomains/],
  ["*.", /neither a host name/],
  ["10.0.0.0/33", /prefix length from 0 to 32/],
  ["10.0.0.0/-1", /prefix length/],
  ["10.0.0.0/", /prefix length/],
  ["10.0.0.0/8/8", /not a network/],
  ["10/8", /not a network/],
  ["corp.example/8", /not a network/],
  ["fd00::/129", /prefix length from 0 to 128/],
  ["::ffff:10.0.0.0/95", /prefix length from 96 to 128/],
  ["~", /missing/],
  ["~(", /regular expression is wrong: .*Unterminated group/],
] as const) {
  test(`the key ${JSON.stringify(pattern)} is refused in a phrase`, () => {
    assert.match(validatePattern(pattern) ?? "accepted", fault);
  });
}

test("rewrites are hosts with a port or without", () => {
  for (const good of ["127.0.0.1", "127.0.0.1:80", "a.example", "a.example.:1", "::1", "[::1]", "[::1]:80"]) {
    assert.equal(validateRewrite(good), undefined, good);
  }
  for (const bad of ["", "*.a", "a:b", "a/b", "10.0.0.0/8", "[::1]x", "http://a", "::1:99999:"]) {
    assert.equal(typeof validateRewrite(bad), "string", bad);
  }
});

test("any text is accepted or refused with words, never anything else", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom(..."*.~[]:/%0af1-") }),
    fc.string().map((rest) => `~${rest}`),
    fc.tuple(fc.ipV6(), fc.nat(200)).map(([ip, prefix]) => `${ip}/${prefix}`),
    fc.webAuthority(),
  );
  fc.assert(
    fc.property(text, (pattern) => {
      const fault = validatePattern(pattern);
      if (fault !== undefined) assert.notEqual(fault, "");
      else parsePattern(pattern);
      validateRewrite(pattern);
    }),
    fuzzing("rule-patterns"),
  );
});
