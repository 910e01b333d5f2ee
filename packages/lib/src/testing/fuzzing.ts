// For tests of what reads bytes or text from outside.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import fc, { type Parameters, type RunDetails } from "fast-check";

/** Runs of each such property: in `npm test`, and as `npm run fuzz` asks for. */
const runs = Number(process.env.OCTOPROXY_FUZZ_RUNS ?? 2000);

/** Where `npm run fuzz` reads what came of it. */
const log = process.env.OCTOPROXY_FUZZ_LOG;

const corpus = new URL("../../src/testing/corpus/", import.meta.url);

/** Bytes stand in the corpus as `{"hex": "…"}`. */
const revive = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && "hex" in value
    ? Uint8Array.from(Buffer.from(String(value.hex), "hex"))
    : value;

/** What was found once by a property of that name: it is tried first, each time. */
const found = <T>(name: string): T[] => {
  const file = new URL(`${name}.json`, corpus);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8"), revive) as T[]) : [];
};

/**
 * The parameters of a property about a parser.
 * @param name of its file in `testing/corpus`, where there is one: a list of the property's arguments.
 */
export const fuzzing = <T>(name: string): Parameters<T> => {
  const startedAt = performance.now();
  return {
    numRuns: runs,
    examples: found<T>(name),
    reporter: (details) => {
      if (log !== undefined) appendFileSync(log, `${JSON.stringify(lineOf(name, startedAt, details))}\n`);
      if (details.failed) throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
    },
  };
};

const lineOf = <T>(name: string, startedAt: number, details: RunDetails<T>) => ({
  name,
  runs: details.numRuns,
  seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  failed: details.failed,
  ...(details.failed
    ? {
        seed: details.seed,
        path: details.counterexamplePath,
        counterexample: fc.stringify(details.counterexample),
        words: String(details.errorInstance),
      }
    : {}),
});
