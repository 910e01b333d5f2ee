import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ProxyError } from "../error/proxy-error.ts";
import { fuzzing } from "../testing/fuzzing.ts";
import { formatTarget, parseTarget } from "./target.ts";

test("names, IPv4 and IPv6 literals are read and written alike", () => {
  assert.deepEqual(parseTarget("Example.COM.:443"), { host: "example.com", port: 443 });
  assert.deepEqual(parseTarget("127.0.0.1:1"), { host: "127.0.0.1", port: 1 });
  assert.equal(formatTarget(parseTarget("[2001:DB8::1]:65535")), "[2001:db8::1]:65535");
});

for (const bad of [
  "h",
  "h:0",
  "h:99999",
  "::1:443",
  "u:p@h:443",
  ":443",
  "/x",
  "http://h:80/",
  "[::1]",
  "[h]:1",
  "h:",
  "a b:1",
  "h\r\n:1",
  "-a:1",
  "[fe80::1%eth0]:1",
  `${"a".repeat(64)}:1`,
]) {
  test(`${JSON.stringify(bad)} is refused`, () => {
    assert.throws(
      () => parseTarget(bad),
      (error) => error instanceof ProxyError && error.code === "BAD_REQUEST",
    );
  });
}

test("whatever is accepted survives writing and reading", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webAuthority(),
        fc.string(),
        fc.ipV6().map((ip) => `[${ip}]:80`),
      ),
      (text) => {
        let target: ReturnType<typeof parseTarget>;
        try {
          target = parseTarget(text);
        } catch (error) {
          assert.ok(error instanceof ProxyError);
          return;
        }
        assert.deepEqual(parseTarget(formatTarget(target)), target);
      },
    ),
    fuzzing("targets"),
  );
});
