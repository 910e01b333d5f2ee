import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { parseTarget } from "@octoproxy/lib/address/target";
import { fuzzing } from "@octoproxy/lib/testing/fuzzing";
import fc from "fast-check";
import type { HostRule } from "../config/host-rule.ts";
import { RuleTable } from "../route/rule-table.ts";
import { proxyPac } from "./proxy-pac.ts";

const rule = (pattern: string, action: Partial<HostRule>): HostRule => ({
  pattern,
  rewrite: undefined,
  backend: undefined,
  direct: false,
  block: false,
  line: 1,
  ...action,
});

const find = (rules: readonly HostRule[], url: string, host: string): string =>
  String(runInNewContext(`${proxyPac("127.0.0.1:8081", rules)}\nFindProxyForURL(url, host)`, { url, host }));

const direct = { direct: true };

test("direct rules are direct, everything else goes through the client", () => {
  const rules = [
    rule("shop.corp.example", { backend: "tokyo" }),
    rule("*.corp.example", direct),
    rule("10.0.0.0/8", direct),
    rule("db.example:5432", direct),
    rule("~^cdn\\d+\\.Example$", direct),
    rule("gone.example", { direct: true, rewrite: "127.0.0.1" }),
    rule("ads.example", { block: true }),
  ];
  const cases: [string, string, string][] = [
    ["https://git.corp.example/x", "git.corp.example", "DIRECT"],
    ["https://GIT.corp.example./x", "GIT.corp.example.", "DIRECT"],
    ["https://corp.example/", "corp.example", "PROXY"],
    ["https://shop.corp.example/", "shop.corp.example", "PROXY"],
    ["http://10.1.2.3/", "10.1.2.3", "DIRECT"],
    ["http://11.1.2.3/", "11.1.2.3", "PROXY"],
    ["http://10.example/", "10.example", "PROXY"],
    ["http://db.example:5432/", "db.example", "DIRECT"],
    ["http://db.example/", "db.example", "PROXY"],
    ["https://cdn12.example/", "cdn12.example", "DIRECT"],
    ["https://cdnx.example/", "cdnx.example", "PROXY"],
    ["https://gone.example/", "gone.example", "PROXY"],
    ["https://ads.example/", "ads.example", "PROXY"],
    ["https://[::1]:8443/", "[::1]", "PROXY"],
  ];
  for (const [url, host, way] of cases) {
    assert.equal(find(rules, url, host), way === "PROXY" ? "PROXY 127.0.0.1:8081" : way, url);
  }
});

test("nothing in a rule breaks out of the script", () => {
  const rules = [rule("~^a\\u2028</script>\"'\\\\`$", direct), rule("~x*/ return 'DIRECT' /*", direct)];
  assert.equal(find(rules, "http://b.example/", "b.example"), "PROXY 127.0.0.1:8081");
});

const label = fc.constantFrom("a", "b", "corp", "example", "cdn1");
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const address = fc
  .tuple(fc.constantFrom(10, 11), fc.nat(3), fc.nat(255), fc.nat(255))
  .map((parts) => parts.join("."));
const host = fc.oneof(name, address);
const pattern = fc.oneof(
  host,
  name.map((suffix) => `*.${suffix}`),
  fc.tuple(address, fc.integer({ min: 0, max: 32 })).map(([net, prefix]) => `${net}/${prefix}`),
  fc.constantFrom("~^cdn\\d", "~example$", "*"),
);
const ported = fc.tuple(pattern, fc.constantFrom("", ":80", ":443"));
const actions = fc.constantFrom<Partial<HostRule>>(
  direct,
  { block: true },
  { backend: "x" },
  { direct: true, rewrite: "y" },
);

test("a browser goes direct exactly where the client would", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(ported, actions), { maxLength: 8 }),
      host,
      fc.constantFrom(80, 443),
      (written, wanted, port) => {
        const rules = written.map(([[text, suffix], action]) =>
          rule(text.startsWith("~") ? text : `${text}${suffix}`, action),
        );
        const route = new RuleTable(rules).route(parseTarget(`${wanted}:${port}`));
        const way =
          route.kind === "direct" && route.rule?.rewrite === undefined ? "DIRECT" : "PROXY 127.0.0.1:8081";
        const scheme = port === 80 ? "http" : "https";
        assert.equal(find(rules, `${scheme}://${wanted}/path:1?x`, wanted), way);
      },
    ),
    fuzzing("proxy-pac"),
  );
});
