import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTarget, parseTarget } from "@octoproxy/lib/address/target";
import fc from "fast-check";
import type { HostRule } from "../config/host-rule.ts";
import { RuleTable } from "./rule-table.ts";

const rule = (pattern: string, action: Partial<HostRule> = { block: true }, line = 1): HostRule => ({
  pattern,
  rewrite: undefined,
  backend: undefined,
  direct: false,
  block: false,
  line,
  ...action,
});

/** What the rules say of a target, in short. */
const said = (table: RuleTable, target: string): string => {
  const { kind, backend, target: to } = table.route(parseTarget(target));
  return [kind, backend, formatTarget(to)].filter((word) => word !== undefined).join(" ");
};

test("the example of the documentation", () => {
  const table = new RuleTable([
    rule("example.com", { rewrite: "127.0.0.1" }),
    rule("*.corp.example", { backend: "tokyo" }),
    rule("10.0.0.0/8", { direct: true }),
    rule("ads.example", { block: true }),
    rule("~^cdn\\d+\\.example$", { backend: "osaka" }),
  ]);
  assert.equal(table.size, 5);
  assert.equal(said(table, "example.com:443"), "balance 127.0.0.1:443");
  assert.equal(said(table, "EXAMPLE.com.:443"), "balance 127.0.0.1:443");
  assert.equal(said(table, "www.example.com:443"), "balance www.example.com:443");
  assert.equal(said(table, "a.b.corp.example:22"), "backend tokyo a.b.corp.example:22");
  assert.equal(said(table, "corp.example:22"), "balance corp.example:22");
  assert.equal(said(table, "xcorp.example:22"), "balance xcorp.example:22");
  assert.equal(said(table, "10.255.0.1:80"), "direct 10.255.0.1:80");
  assert.equal(said(table, "11.0.0.1:80"), "balance 11.0.0.1:80");
  assert.equal(said(table, "ads.example:80"), "block ads.example:80");
  assert.equal(said(table, "CDN12.example:80"), "backend osaka cdn12.example:80");
  assert.equal(table.route(parseTarget("nobody.example:1")).rule, undefined);
});

test("the first match wins, whatever its kind", () => {
  const patterns = ["a.b.example", "*.b.example", "*.example", "*", "~^a", "~b\\.example$"];
  for (const before of patterns) {
    for (const after of patterns) {
      if (before === after) continue;
      const table = new RuleTable([
        rule("other.test"),
        rule(before, { backend: "before" }),
        rule(after, { backend: "after" }),
      ]);
      assert.equal(table.route(parseTarget("a.b.example:1")).backend, "before", `${before} before ${after}`);
    }
  }
});

test("an exception stands before its rule", () => {
  const table = new RuleTable([
    rule("keep.ads.example", { backend: "tokyo" }),
    rule("*.ads.example"),
    rule("*.ads.example", { direct: true }),
  ]);
  assert.equal(said(table, "keep.ads.example:1"), "backend tokyo keep.ads.example:1");
  assert.equal(said(table, "other.ads.example:1"), "block other.ads.example:1");
});

test("a port in the key is part of the match", () => {
  const table = new RuleTable([
    rule("a.example:22", { direct: true }),
    rule("a.example", { backend: "tokyo" }),
    rule("*:25"),
    rule("10.0.0.0/8:80", { backend: "osaka" }),
    rule("[fd00::/8]:443", { backend: "paris" }),
    rule("*.a.example:443", { backend: "lima" }),
  ]);
  assert.equal(said(table, "a.example:22"), "direct a.example:22");
  assert.equal(said(table, "a.example:25"), "backend tokyo a.example:25");
  assert.equal(said(table, "b.example:25"), "block b.example:25");
  assert.equal(said(table, "10.1.1.1:80"), "backend osaka 10.1.1.1:80");
  assert.equal(said(table, "10.1.1.1:81"), "balance 10.1.1.1:81");
  assert.equal(said(table, "[fd12::1]:443"), "backend paris [fd12::1]:443");
  assert.equal(said(table, "x.a.example:443"), "backend lima x.a.example:443");
  assert.equal(said(table, "x.a.example:444"), "balance x.a.example:444");
});

test("block wins over direct, direct over backend; a rule without an action is not there", () => {
  const all = { block: true, direct: true, backend: "tokyo", rewrite: "x.example" };
  assert.equal(said(new RuleTable([rule("a.example", all)]), "a.example:1"), "block x.example:1");
  const two = { direct: true, backend: "tokyo" };
  assert.equal(said(new RuleTable([rule("a.example", two)]), "a.example:1"), "direct a.example:1");
  const table = new RuleTable([rule("a.example", {}), rule("a.example")]);
  assert.equal(table.size, 1);
  assert.equal(said(table, "a.example:1"), "block a.example:1");
});

test("a rewrite is applied once, keeps the port unless it names one, and goes with any action", () => {
  const table = new RuleTable([
    rule("a.example", { rewrite: "b.example" }),
    rule("b.example", { rewrite: "c.example:8080" }),
    rule("c.example", { rewrite: "[::1]:9", direct: true }),
    rule("d.example", { rewrite: "2001:db8::1", backend: "tokyo" }),
  ]);
  assert.equal(said(table, "a.example:80"), "balance b.example:80");
  assert.equal(said(table, "b.example:80"), "balance c.example:8080");
  assert.equal(said(table, "c.example:80"), "direct [::1]:9");
  assert.equal(said(table, "d.example:80"), "backend tokyo [2001:db8::1]:80");
});

test("all notations of one address are one address", () => {
  const table = new RuleTable([
    rule("169.254.169.254"),
    rule("10.0.0.0/8", { direct: true }),
    rule("[2001:db8::1]"),
  ]);
  for (const one of ["169.254.169.254:80", "[::ffff:169.254.169.254]:80", "0xa9fea9fe:80", "2852039166:80"]) {
    assert.equal(table.route(parseTarget(one)).kind, "block", one);
  }
  for (const one of ["10.0.0.1:80", "[::ffff:a00:1]:80", "10.1:80", "0x0a.0.0.1:80", "012.0.0.1:80"]) {
    assert.equal(table.route(parseTarget(one)).kind, "direct", one);
  }
  assert.equal(table.route(parseTarget("[2001:0db8:0:0::0001]:80")).kind, "block");
  assert.equal(table.route(parseTarget("192.168.0.1:80")).kind, "balance");
});

test("a regular expression that backtracks without end does not stall the process", () => {
  const table = new RuleTable([rule("~^(A+)+$"), rule("~^([a-z]+\\.?)*!$")]);
  // Without the guard this runs for longer than the universe is old: the test would be ended by its time limit.
  assert.equal(said(table, `${"a".repeat(60)}-${"a".repeat(2)}.example:1`).split(" ")[0], "balance");
});

test("letters of a regular expression match whatever their case; escapes keep theirs", () => {
  for (const pattern of ["~^A[B-D]\\d\\D$", "~^\\x41b1x$", "~^(?<Part>A)b1x$", "~^[Z-a]B1X$"]) {
    const kind = new RuleTable([rule(pattern)]).route(parseTarget("aB1x:1")).kind;
    assert.equal(kind, "block", pattern);
  }
  assert.equal(new RuleTable([rule("~^a\\D$")]).route(parseTarget("a1:1")).kind, "balance");
});

// The same rules read one after the other, by another hand: names as label lists, addresses as numbers.
const addressNumber = (text: string): bigint | undefined => {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) {
    return text.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  }
  return undefined;
};

const matchesNaively = (key: string, host: string, port: number): boolean => {
  const [, pattern = "", , wanted] = /^(.*?)(:(\d+))?$/.exec(key) ?? [];
  if (wanted !== undefined && Number(wanted) !== port) return false;
  if (pattern.startsWith("~")) return new RegExp(pattern.slice(1)).test(host);
  const [network = "", length] = pattern.split("/");
  const address = addressNumber(host);
  if (length !== undefined) {
    const shift = BigInt(32 - Number(length));
    return address !== undefined && address >> shift === addressNumber(network)! >> shift;
  }
  const labels = host.split(".");
  const wantedLabels = pattern.split(".");
  if (pattern === "*") return true;
  if (wantedLabels[0] !== "*") return pattern === host;
  const tail = wantedLabels.slice(1);
  return (
    address === undefined &&
    labels.length > tail.length &&
    tail.every((label, index) => labels.at(index - tail.length) === label)
  );
};

const label = fc.constantFrom("a", "b", "c");
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const address = fc
  .tuple(fc.constantFrom(10, 11), fc.constantFrom(0, 128), fc.nat(1), fc.nat(3))
  .map((parts) => parts.join("."));
const port = fc.constantFrom(80, 443);
const key = fc
  .tuple(
    fc.oneof(
      name,
      name.map((text) => `*.${text}`),
      fc.constant("*"),
      address,
      fc.tuple(address, fc.nat(32)).map(([ip, length]) => `${ip}/${length}`),
    ),
    fc.option(port),
  )
  .map(([text, at]) => (at === null ? text : `${text}:${at}`));
const regexKey = name.map((text) => `~^${text.replace(".", "\\.")}`);

test("it agrees with reading the rules one after the other", () => {
  const keys = fc.array(fc.oneof({ weight: 6, arbitrary: key }, { weight: 1, arbitrary: regexKey }), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(keys, fc.oneof(name, address), port, (patterns, host, at) => {
      const rules = patterns.map((pattern, index) => rule(pattern, { block: true }, index + 1));
      const found = new RuleTable(rules).route({ host, port: at }).rule;
      assert.equal(found?.pattern, rules.find(({ pattern }) => matchesNaively(pattern, host, at))?.pattern);
      assert.equal(found?.line, rules.find(({ pattern }) => matchesNaively(pattern, host, at))?.line);
    }),
    { numRuns: 3000 },
  );
});

test("100,000 rules cost no more look-ups than 10", (context) => {
  const lookUps = (size: number): number => {
    const rules: HostRule[] = [];
    for (let index = 0; index < size; index++) {
      const kinds = [
        `h${index}.example`,
        `*.s${index}.example`,
        `10.${(index >> 8) & 255}.${index & 255}.0/24`,
      ];
      rules.push(rule(kinds[index % 3]!));
    }
    const table = new RuleTable(rules);
    const get = context.mock.method(Map.prototype, "get");
    for (const target of ["a.b.c.s7.example:1", "h9.example:1", "10.0.2.1:1", "no.where.test:1"]) {
      table.route(parseTarget(target));
    }
    const count = get.mock.callCount();
    get.mock.restore();
    return count;
  };
  const few = lookUps(10);
  assert.ok(few > 0 && few < 40, `${few} look-ups`);
  assert.equal(lookUps(100_000), few);
});
