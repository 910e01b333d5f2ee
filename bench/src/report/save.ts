import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Result } from "./result.ts";

const folder = new URL("../../results/", import.meta.url);

/** Writes `bench/results/<name>.json`; the name is told by what was measured where none is given. */
export const saveResult = (result: Result, name: string | undefined): string => {
  mkdirSync(folder, { recursive: true });
  const { date, commit } = result.machine;
  const file = new URL(`${name ?? `${date}-${commit}${result.quick ? "-quick" : ""}`}.json`, folder);
  writeFileSync(file, `${JSON.stringify(result, undefined, 1)}\n`);
  return fileURLToPath(file);
};
