// `npm run fuzz -- [--minutes 60] [--runs 100000] [pattern]`: every property about a parser, with at least so many
// runs, again and again with new seeds until the time is over. What fails is written with its seed, its path and
// the values. The first round is always played to its end. One process at a time, at low priority.
import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";

interface Line {
  readonly name: string;
  readonly runs: number;
  readonly seconds: number;
  readonly failed: boolean;
  readonly seed?: number;
  readonly path?: string;
  readonly counterexample?: string;
  readonly words?: string;
}

const { numberOption, readOptions } = await import("../packages/lib/dist/testing/script-options.js");

const { values, positionals } = readOptions("fuzz", {
  options: { minutes: { type: "string", default: "60" }, runs: { type: "string", default: "100000" } },
  allowPositionals: true,
});
const minutes = numberOption("fuzz", "minutes", values.minutes, 0, 100_000);
const runsOfEach = numberOption("fuzz", "runs", values.runs, 1, 1e9);
const [pattern = ""] = positionals;
const files = globSync("packages/*/dist/**/*.test.js")
  .filter((file) => file.includes(pattern) && /testing\/(fuzzing|fuzz-runs)/.test(readFileSync(file, "utf8")))
  .sort();
if (files.length === 0) {
  process.stderr.write("no property about a parser found: was it built?\n");
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "octoproxy-fuzz-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
setPriority(5);

/** Plays the properties of one file. @returns a line for each of them. */
const play = (file: string): Promise<readonly Line[]> => {
  const log = join(folder, "log");
  const options = ["--enable-source-maps", "--test", "--test-reporter=dot"];
  const env = { ...process.env, OCTOPROXY_FUZZ_RUNS: String(runsOfEach), OCTOPROXY_FUZZ_LOG: log };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...options, file], { env, stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.on("close", (status) => {
      let lines: Line[] = [];
      try {
        lines = readFileSync(log, "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as Line);
        rmSync(log);
      } catch {
        // It ended before its first property did.
      }
      const told = lines.some(({ failed }) => failed);
      if (status === 0 && lines.length === 0) {
        lines.push({ name: file, runs: runsOfEach, seconds: 0, failed: false });
      }
      if (status !== 0 && !told) {
        lines.push({ name: file, runs: 0, seconds: 0, failed: true, words: said });
      }
      resolve(lines);
    });
  });
};

const until = Date.now() + minutes * 60_000;
const totals = new Map<string, number>();
let failures = 0;
for (let round = 1; round === 1 || Date.now() < until; round++) {
  for (const file of files) {
    if (round > 1 && Date.now() > until) break;
    for (const { name, runs, seconds, failed, seed, path, counterexample, words } of await play(file)) {
      totals.set(name, (totals.get(name) ?? 0) + runs);
      process.stdout.write(`${failed ? "FAILED" : "ok"} ${name}: ${runs} runs, ${seconds} s\n`);
      if (!failed) continue;
      failures++;
      process.stdout.write(`  seed ${seed}, path "${path}"\n  ${counterexample}\n  ${words}\n`);
    }
  }
}
const runs = [...totals.values()].reduce((sum, count) => sum + count, 0);
process.stdout.write(`\n${totals.size} properties, ${runs} runs, ${failures} failed\n`);
process.exit(failures === 0 ? 0 : 1);
