// For tests of what reads bytes or text from outside.
import { appendFileSync } from "node:fs";
import fc, { type Parameters, type RunDetails } from "fast-check";
import { readCorpus } from "./corpus.ts";

/** Runs of each such property: in `npm test`, and as `npm run fuzz` asks for. */
const runs = Number(process.env.OCTOPROXY_FUZZ_RUNS ?? 2000);

/** Where `npm run fuzz` reads what came of it. */
const log = process.env.OCTOPROXY_FUZZ_LOG;

/**
 * The parameters of a property about a parser.
 * @param name of its file in `testing/corpus`, where there is one: a list of the property's arguments.
 */
export const fuzzing = <T>(name: string): Parameters<T> => {
  const startedAt = performance.now();
  return {
    numRuns: runs,
    examples: readCorpus<T>(name),
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
