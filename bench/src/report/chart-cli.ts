// npm run bench:chart -- bench/results/NAME.json: draws the pictures of a result again, beside it.
import { readFileSync } from "node:fs";
import type { Result } from "./result.ts";
import { drawCharts } from "./save.ts";

const file = process.argv[2];
if (file === undefined) {
  process.stderr.write("npm run bench:chart -- bench/results/NAME.json\n");
  process.exit(2);
}
const result = JSON.parse(readFileSync(file, "utf8")) as Result;
for (const drawn of drawCharts(result, file)) process.stdout.write(`${drawn}\n`);
