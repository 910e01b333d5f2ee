import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "./harness/binary.ts";
import { readCoverage, withGreen } from "./harness/row-coverage.ts";

const text = (file: string): string => readFileSync(join(repository, "e2e", file), "utf8");
const page = text("COVERAGE.md");
const { rows, beyond } = readCoverage(page);
const existing = globSync("**/*.test.ts", { cwd: join(repository, "e2e/src") }).map((file) =>
  file.replace(/\.test\.ts$/, ""),
);

test("every row from R01 to R38 is there, once, in order, with at least one test", () => {
  const wanted = Array.from({ length: 38 }, (_, index) => `R${String(index + 1).padStart(2, "0")}`);
  assert.deepEqual(
    rows.map(({ id }) => id),
    wanted,
  );
  for (const { id, files } of rows) assert.ok(files.length > 0, id);
});

test("every file that is named exists, and so does every test that is", () => {
  for (const file of [...rows.flatMap(({ files }) => files), ...beyond])
    assert.ok(existing.includes(file), `COVERAGE.md names ${file}, which does not exist`);
  for (const { id, tests } of rows)
    for (const { file, name } of tests)
      assert.ok(text(`src/${file}.test.ts`).includes(name), `${id}: no test "${name}" in ${file}`);
});

test("every end-to-end test covers a row, or is listed beyond them", () => {
  const named = new Set([...rows.flatMap(({ files }) => files), ...beyond]);
  for (const file of existing)
    assert.ok(
      named.has(file),
      `src/${file}.test.ts is not in e2e/COVERAGE.md: add it to a row, or beyond them`,
    );
});

test("the last column is a number of runs, and can be written anew", () => {
  for (const { id, green } of rows) assert.match(green, /^(—|\d+)$/, id);
  const rewritten = withGreen(page, ({ id }) => String(Number(id.slice(1))));
  assert.deepEqual(
    readCoverage(rewritten).rows.map(({ green }) => Number(green)),
    Array.from({ length: 38 }, (_, index) => index + 1),
  );
});
