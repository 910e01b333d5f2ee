// npm run bench:readme -- bench/results/NAME.json: draws the result again and writes its figures into bench/README.md.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { withFigures } from "./readme-figures.ts";
import type { Result } from "./result.ts";
import { drawCharts } from "./save.ts";

const file = process.argv[2];
if (file === undefined) {
  process.stderr.write("npm run bench:readme -- bench/results/NAME.json\n");
  process.exit(2);
}
const result = JSON.parse(readFileSync(file, "utf8")) as Result;
const page = new URL("../../README.md", import.meta.url);
writeFileSync(page, withFigures(readFileSync(page, "utf8"), result));
for (const drawn of drawCharts(result, file)) {
  const name = drawn.endsWith("-growth.svg") ? "growth.svg" : "comparison.svg";
  renameSync(drawn, new URL(`../../results/${name}`, import.meta.url));
}
