// Runs the tests of the rows again and again, and counts how often each file is green in a row. It can be stopped and
// goes on where it was; a failure stops nothing, its output is kept.
//   npm run test:rows -- [--times 20] [--only PART] [--fresh] [--write]
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const { readCoverage, withGreen } = await import("../e2e/dist/harness/row-coverage.js");

const { numberOption, readOptions } = await import("../packages/lib/dist/testing/script-options.js");

const { values } = readOptions("test:rows", {
  options: {
    times: { type: "string", default: "20" },
    only: { type: "string", default: "" },
    fresh: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const times = numberOption("test:rows", "times", values.times, 0, 10_000);
const page = "e2e/COVERAGE.md";
const folder = ".rows";
const stateFile = `${folder}/state.json`;

/** Of each file: whether its runs were green, the last one last. */
const readState = (): Record<string, boolean[]> => {
  try {
    return JSON.parse(readFileSync(stateFile, "utf8"));
  } catch {
    return {};
  }
};

if (values.fresh) rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const state = readState();
const files = [...new Set(readCoverage(readFileSync(page, "utf8")).rows.flatMap((row) => row.files))]
  .filter((file) => file.includes(values.only))
  .sort();

const runOnce = (file: string): boolean => {
  const options = ["--enable-source-maps", "--test", "--test-timeout=120000"];
  const { status, stdout } = spawnSync(process.execPath, [...options, `e2e/dist/${file}.test.js`], {
    encoding: "utf8",
    timeout: 600_000,
    maxBuffer: 1 << 28,
  });
  if (status === 0) return true;
  writeFileSync(`${folder}/${file.replaceAll("/", "-")}.${Date.now()}.log`, stdout);
  return false;
};

/** How many of the last runs were green without a break. */
const greenOf = (file: string): number => {
  const runs = state[file] ?? [];
  return runs.length - 1 - runs.lastIndexOf(false);
};

for (let round = 1; round <= times; round++) {
  for (const file of files) {
    state[file] ??= [];
    if (state[file].length >= round) continue;
    const startedAt = performance.now();
    const green = runOnce(file);
    state[file].push(green);
    writeFileSync(stateFile, `${JSON.stringify(state, undefined, 1)}\n`);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(`${round}/${times} ${green ? "green " : "FAILED"} ${seconds} s ${file}\n`);
  }
}
for (const file of files) {
  const failed = (state[file] ?? []).filter((green) => !green).length;
  process.stdout.write(`${String(greenOf(file)).padStart(4)} green in a row, ${failed} failed: ${file}\n`);
}
if (values.write) {
  const fewest = (names: readonly string[]): string => String(Math.min(...names.map(greenOf)));
  writeFileSync(
    page,
    withGreen(readFileSync(page, "utf8"), (row) => fewest(row.files)),
  );
}
