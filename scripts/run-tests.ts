// Runs the compiled tests of one kind. A glob without a match would be "0 tests, ok": so it counts first.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

const kinds = {
  unit: { glob: "{packages/*,bench}/dist/**/*.test.js", atLeast: 100, concurrency: 2 },
  e2e: { glob: "e2e/dist/**/*.test.js", atLeast: 15, concurrency: 1 },
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
const run = spawnSync(
  process.execPath,
  [
    "--enable-source-maps",
    "--test",
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${timeoutMs}`,
    ...files.sort(),
  ],
  { stdio: "inherit" },
);
process.exit(run.status ?? 1);
