// Holds doc/host-rules.md against the matcher.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseTarget } from "@octoproxy/lib/address/target";
import { TomlDocument } from "@octoproxy/lib/config/toml-document";
import type { HostRule } from "../config/host-rule.ts";
import { validatePattern } from "./rule-pattern.ts";
import { RuleTable } from "./rule-table.ts";

const page = readFileSync(new URL("../../../../doc/host-rules.md", import.meta.url), "utf8");

test("the page's example does what its comments say", () => {
  const [, , example = ""] = page.split("```toml\n").map((block) => block.split("```")[0]!);
  const document = TomlDocument.parse("host-rules.md", example);
  assert.ok(document instanceof TomlDocument);
  const tables = document
    .names([], document.values)
    .map((pattern) => [pattern, document.values[pattern] as Partial<HostRule>] as const);
  assert.equal(tables.length, 7);
  const rules = tables.map(
    ([pattern, action], index): HostRule => ({
      rewrite: undefined,
      backend: undefined,
      direct: false,
      block: false,
      ...action,
      pattern,
      line: index + 1,
    }),
  );
  const said = (target: string) => {
    const { kind, backend } = new RuleTable(rules).route(parseTarget(target));
    return backend ?? kind;
  };
  assert.equal(said("status.corp.example:443"), "direct");
  assert.equal(said("a.b.corp.example:443"), "tokyo");
  assert.equal(said("corp.example:443"), "balance");
  for (const one of ["10.2.3.4:1", "[::ffff:10.0.0.1]:1", "10.1:1", "0x0a000001:1", "167772161:1"]) {
    assert.equal(said(one), "direct", one);
  }
  assert.equal(said("ads.example:1"), "block");
  assert.equal(said("cdn7.example:1"), "osaka");
  assert.equal(said("mail.test:25"), "block");
  assert.equal(new RuleTable(rules).route(parseTarget("intranet.example:1")).target.port, 8080);
});

test("every pattern that the page shows is accepted", () => {
  const table = page.slice(page.indexOf("| pattern |"), page.indexOf("## Actions"));
  const shown = [...table.matchAll(/^\| ((?:`[^`]+`(?:, )?)+) \|/gm)].flatMap(
    ([, cell]) => cell!.match(/[^`, ]+/g)!,
  );
  const withPorts = /may end in a port: (.*?)\. Without/.exec(table)![1]!.match(/`[^`]+`/g)!;
  const all = [...shown, ...withPorts.map((text) => text.slice(1, -1)), "bücher.example"];
  assert.ok(all.length >= 13, `${all}`);
  for (const pattern of all) assert.equal(validatePattern(pattern), undefined, pattern);
});
