import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  ...globSync("doc/**/*.md", { cwd: root }),
];
const textOf = (page: string): string =>
  readFileSync(join(root, page), "utf8").replace(/```[\s\S]*?```/g, "");

/** As GitHub makes them of headings. */
const anchorsOf = (page: string): Set<string> =>
  new Set(
    [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );

test("every link between the documents leads somewhere", () => {
  let checked = 0;
  for (const page of pages) {
    const links = textOf(page).matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g);
    for (const [, markdown, html] of links) {
      const link = markdown ?? html ?? "";
      if (/^(https?|mailto):/.test(link)) continue;
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? page : join(dirname(page), file);
      assert.ok(existsSync(join(root, target)), `${page}: ${link}`);
      if (anchor !== undefined) assert.ok(anchorsOf(target).has(anchor), `${page}: ${link}`);
      checked++;
    }
  }
  assert.ok(checked > 20, `${checked} links`);
});

test("the troubleshooting page has every check of the doctor", () => {
  const page = textOf("doc/troubleshooting.md");
  const sources = globSync("packages/octoproxy/src/doctor/*.ts", { cwd: root }).filter(
    (name) => !/test/.test(name),
  );
  const checks = sources.flatMap((source) =>
    [...textOf(source).matchAll(/const check = ["`]([^"`]+)["`]/g)].flatMap(([, name = ""]) => {
      const named = name.replace(/\$\{(?!way\})[^}]+\}/, "NAME");
      return ["tcp", "webtransport"].map((way) => named.replace(/\$\{way\}/, way));
    }),
  );
  assert.ok(checks.length > 10);
  for (const check of checks) assert.ok(page.includes(`| \`${check}\` |`), check);
});
