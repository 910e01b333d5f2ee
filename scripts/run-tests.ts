// Runs the compiled tests of one kind. A glob without a match would be "0 tests, ok": so it counts first.
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const kinds = {
  unit: { glob: "{packages/*,bench}/dist/**/*.test.js", atLeast: 100, concurrency: 2 },
  e2e: { glob: "e2e/dist/**/*.test.js", atLeast: 15, concurrency: 2 },
} as const;

/** With OCTOPROXY_FULL some tests play their minutes instead of seconds. */
const timeoutMs = process.env.OCTOPROXY_FULL === undefined ? 120_000 : 600_000;

const kind = process.argv[2] as keyof typeof kinds;
const { glob, atLeast, concurrency } = kinds[kind];
const pattern = process.argv[3];
const files = globSync(glob).filter((file) => pattern === undefined || file.includes(pattern));
if (pattern === undefined && files.length < atLeast) {
  process.stderr.write(
    `${files.length} ${kind} test files found, at least ${atLeast} expected: was it built?\n`,
  );
  process.exit(1);
}
const run = (paths: readonly string[], failed: string): number => {
  const options = [
    "--enable-source-maps",
    "--test",
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${timeoutMs}`,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=./scripts/failed-files.ts",
    `--test-reporter-destination=${failed}`,
  ];
  // A test that timed out may have left something open that keeps its file. (`--test-force-exit` would end it, and
  // with it tests that a file defines after an await, unseen.)
  const all = { stdio: "inherit", timeout: 6 * timeoutMs, killSignal: "SIGKILL" } as const;
  return spawnSync(process.execPath, [...options, ...paths], all).status ?? 1;
};

/** The compiled files of those that a run wrote down, which may be named as their sources. */
const failedFiles = (list: string): string[] => {
  const names = readFileSync(list, "utf8").split("\n").filter(Boolean);
  return [...new Set(names.map((name) => name.replace("/src/", "/dist/").replace(/\.tsx?$/, ".js")))];
};

const folder = mkdtempSync(join(tmpdir(), "octoproxy-tests-"));
let status = run(files.sort(), join(folder, "first"));
// On shared machines a crowd of neighbours can starve a deadline: there what failed gets one more try, and is named.
if (status !== 0 && process.env.OCTOPROXY_RETRY !== undefined) {
  const again = failedFiles(join(folder, "first"));
  process.stdout.write(`\nfailed, tried once more by themselves: ${again.join(", ")}\n`);
  if (again.length > 0 && again.length <= 8) status = run(again, join(folder, "second"));
}
rmSync(folder, { recursive: true });
process.exit(status);
