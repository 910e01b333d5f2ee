import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Scrape } from "@octoproxy/lib/metrics/scrape";
import { clientMetricFamilies, metricsDoc, serverMetricFamilies } from "./metrics-doc.ts";

const root = new URL("../../../", import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), "utf8");

test("doc/metrics.md says what the families say (npm run doc:metrics writes it)", () => {
  const page = text("doc/metrics.md");
  assert.equal(page, metricsDoc(page));
});

const known = new Map(
  [...clientMetricFamilies(), ...serverMetricFamilies()].flatMap(({ name, type, labels }) => {
    const names = type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => `${name}${end}`) : [name];
    return names.map((one) => [one, type === "histogram" ? [...labels, "le"] : labels] as const);
  }),
);
/** A metric that both daemons have may be asked by the labels of either. */
const labelsOf = (name: string): Set<string> =>
  new Set(
    [...clientMetricFamilies(), ...serverMetricFamilies()]
      .filter((family) => name.startsWith(family.name))
      .flatMap(({ labels }) => [...labels, "le", "job", "instance"]),
  );

/** Queries of the dashboard and of the alerts in the page about running it. */
const queries = (): string[] => {
  const dashboard = JSON.parse(text("doc/grafana/octoproxy.json")) as unknown;
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if ((key === "expr" || key === "query" || key === "definition") && typeof inner === "string")
        found.push(inner);
      else walk(inner);
    }
  };
  walk(dashboard);
  for (const [, expr = ""] of text("doc/operations.md").matchAll(/^\s+expr: (.*)$/gm)) found.push(expr);
  return found;
};

test("the dashboard and the alerts ask for metrics and labels that exist", () => {
  const all = queries();
  assert.ok(all.length > 20, `${all.length} queries`);
  const asked = new Set<string>();
  for (const query of all) {
    for (const [, name = "", matchers = ""] of query.matchAll(/\b(octoproxy_\w+)(?:\{([^}]*)\})?/g)) {
      assert.ok(known.has(name), `${name} in ${query}`);
      asked.add(name.replace(/_(bucket|sum|count)$/, ""));
      for (const [, label = ""] of matchers.matchAll(/(\w+)\s*[=!]~?\s*"/g)) {
        assert.ok(labelsOf(name).has(label), `${label} of ${name} in ${query}`);
      }
      for (const [, list = ""] of query.matchAll(/\bby\s*\(([^)]*)\)/g)) {
        const every = new Set([...known.values()].flat());
        for (const label of list.split(",").map((one) => one.trim())) {
          assert.ok(every.has(label) || ["job", "instance", ""].includes(label), `${label} in ${query}`);
        }
      }
    }
  }
  for (const { name } of [...clientMetricFamilies(), ...serverMetricFamilies()]) {
    assert.ok(asked.has(name), `nothing shows ${name}`);
  }
});

test("metrics of the process that the dashboard asks for exist", async () => {
  const scraped = await new Scrape([]).text();
  const names = queries().flatMap((query) =>
    [...query.matchAll(/\b(?:process|nodejs)_\w+/g)].map(([name]) => name),
  );
  assert.ok(names.length >= 5);
  for (const name of names) assert.ok(scraped.includes(`# TYPE ${name} `), name);
});

test("every metric that a document names exists", () => {
  for (const page of globSync("doc/**/*.md", { cwd: root })) {
    for (const [name] of text(page).matchAll(/\boctoproxy_[a-z_]+[a-z]\b/g)) {
      const isKnown = known.has(name) || known.has(`${name}_bucket`);
      assert.ok(isKnown, `${name} in ${page}`);
    }
  }
});
