import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "./harness/binary.ts";
import { Folder } from "./harness/pair.ts";
import { run } from "./harness/programs.ts";

const security = (): string => readFileSync(join(repository, "SECURITY.md"), "utf8");

/** What stands between two marks of a page. */
const between = (page: string, begin: string, end: string): string => {
  const text = page.split(`<!-- ${begin} -->`)[1]?.split(`<!-- ${end} -->`)[0];
  assert.ok(text, `SECURITY.md has no marks ${begin} and ${end}`);
  return text;
};

const audit = async (...options: readonly string[]) => {
  const { status, stdout, stderr } = await run(process.execPath, ["scripts/audit.ts", ...options], {
    cwd: repository,
  });
  return { status, said: `${stdout}${stderr}` };
};

test("no version in use has a known weakness that reaches us", async () => {
  const { status, said } = await audit();
  assert.equal(status, 0, said);
});

test("an old version of anything in the table is found", async () => {
  await using folder = await Folder.make();
  const table = JSON.parse(
    readFileSync(join(repository, "scripts/audit/known-weaknesses.json"), "utf8"),
  ) as readonly { readonly of: string; readonly since?: string; readonly ids: readonly string[] }[];
  const old = new Map(table.map(({ of, since = "0.1.0" }) => [of, since]));
  const lines = [...old].map(([name, version]) => `  ${name}@${version}:\n`).join("");
  const pnpmLock = await folder.write("pnpm-lock.yaml", `packages:\n${lines}`);
  const { status, said } = await audit("--pnpm-lock", pnpmLock);
  assert.equal(status, 1);
  for (const name of old.keys()) assert.match(said, new RegExp(`^WEAK ${name} `, "m"));

  const cargoLock = await folder.write(
    "Cargo.lock",
    '[[package]]\nname = "quinn-proto"\nversion = "0.11.13"\n',
  );
  const rust = await audit("--cargo-lock", cargoLock);
  assert.equal(rust.status, 1);
  assert.match(rust.said, /WEAK quinn-proto 0\.11\.13: .*CVE-2026-31812/);
  assert.doesNotMatch(rust.said, /CVE-2024-45311/, "fixed before that version");
  assert.match(rust.said, /^rustls is not in use any more/m);

  const versions = await folder.write(
    "versions.json",
    JSON.stringify({ ...process.versions, openssl: "3.5.3" }),
  );
  const node = await audit("--versions", versions);
  assert.equal(node.status, 1);
  assert.match(node.said, /WEAK openssl 3\.5\.3: .*CVE-2025-9230/);
});

test("SECURITY.md shows the table as it is", () => {
  const table = JSON.parse(
    readFileSync(join(repository, "scripts/audit/known-weaknesses.json"), "utf8"),
  ) as readonly { readonly ids: readonly string[]; readonly fixed: string }[];
  const lines = between(security(), "weaknesses", "end of weaknesses").trim().split("\n").slice(2);
  assert.equal(lines.length, table.length, "npm run audit -- --write brings them together");
  for (const [place, { ids, fixed }] of table.entries()) {
    const line = lines[place] ?? "";
    assert.ok(line.includes(`| ${ids.join(", ")} |`) && line.includes(`| ${fixed} `), line);
  }
});

test("every threat names tests that exist", () => {
  const threats = between(security(), "threats", "end of threats");
  const rows = threats.trim().split("\n").slice(2);
  assert.ok(rows.length > 15);
  for (const row of rows) {
    const files = [...row.matchAll(/`([^`]+\.test\.tsx?)`/g)].map(([, file = ""]) => file);
    assert.ok(files.length > 0, `no test in ${row}`);
    for (const file of files) {
      const path = join(repository, file.includes("/") ? file : `e2e/src/${file}`);
      assert.ok(existsSync(path), `${file} is not there`);
    }
  }
});
