// npm run bench:readme -- bench/results/NAME.json: draws the result again and writes its figures into bench/README.md.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { firstLineOf } from "@octoproxy/lib/error/proxy-error";
import { refuse } from "@octoproxy/lib/testing/script-options";
import { withFigures } from "./readme-figures.ts";
import type { Result } from "./result.ts";
import { drawCharts } from "./save.ts";

const file = process.argv[2];
if (file === undefined) {
  process.stderr.write("npm run bench:readme -- bench/results/NAME.json\n");
  process.exit(2);
}
const read = (): Result => {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return refuse("bench:readme", `${file} is no result of a benchmark: ${firstLineOf(error)}`);
  }
};
const result = read();
const page = new URL("../../README.md", import.meta.url);
writeFileSync(page, withFigures(readFileSync(page, "utf8"), result));
for (const drawn of drawCharts(result, file)) {
  const name = drawn.endsWith("-growth.svg") ? "growth.svg" : "comparison.svg";
  renameSync(drawn, new URL(`../../results/${name}`, import.meta.url));
}
