import { existsSync, readFileSync } from "node:fs";

/** What properties have found so far. */
export const corpusFolder = new URL("../../src/testing/corpus/", import.meta.url);

/** Bytes stand in the corpus as `{"hex": "…"}`. */
const revive = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && "hex" in value
    ? Uint8Array.from(Buffer.from(String(value.hex), "hex"))
    : value;

/** The arguments with which a property of that name failed once: a list for each time. */
export const readCorpus = <T>(name: string, folder = corpusFolder): T[] => {
  const file = new URL(`${name}.json`, folder);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8"), revive) as T[]) : [];
};
