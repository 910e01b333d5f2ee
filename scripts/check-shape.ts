// The shape of the tree that Biome does not hold: the size of files in every language, and names that say nothing.
// Import direction, cycles and undeclared dependencies are Biome's (biome.json) and tsc's (project references).
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Lines past which a source file is two things. Tests may be longer: they are lists. */
const sourceLimit = 250;
const testLimit = 500;

const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  encoding: "utf8",
});
const sources = tracked.split("\n").filter((path) => /\.(ts|tsx|rs|mjs|js)$/.test(path));
const faults: string[] = [];
for (const path of sources) {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    continue; // deleted, not yet committed
  }
  const lines = text.split("\n").length - 1;
  const isTest = /(\.test\.tsx?|^e2e\/.*|\/tests\/.*)$/.test(path);
  const limit = isTest ? testLimit : sourceLimit;
  if (lines > limit) faults.push(`${path}: ${lines} lines, the limit is ${limit}: which two things is it?`);
  if (/(^|\/)(utils?|helpers?|common|misc|manager)(\/|\.)/.test(path)) faults.push(`${path}: name the thing`);
}
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exit(1);
process.stdout.write(`shape: ${sources.length} files, none too long\n`);
