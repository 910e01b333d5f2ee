import { readFileSync } from "node:fs";

/** One line of `known-weaknesses.json`. */
export interface Weakness {
  /** A package of npm or crates.io, or what Node names in `process.versions`. */
  readonly of: string;
  readonly ids: readonly string[];
  /** The first version that had it; default: all before `fixed`. */
  readonly since?: string;
  /** The first version without it. */
  readonly fixed: string;
  readonly what: string;
  /** Why it does no harm here, where no fixed version is to be had yet. */
  readonly unreached?: string;
}

export const readWeaknesses = (): readonly Weakness[] =>
  JSON.parse(readFileSync(new URL("known-weaknesses.json", import.meta.url), "utf8")) as Weakness[];

/** Whether a version is before another, number by number. */
export const isBefore = (version: string, other: string): boolean => {
  const [a, b] = [numbersOf(version), numbersOf(other)];
  for (let place = 0; place < Math.max(a.length, b.length); place++) {
    const difference = (a[place] ?? 0) - (b[place] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
};

const numbersOf = (version: string): readonly number[] =>
  version
    .replace(/[-+].*$/, "")
    .split(".")
    .map(Number);

export const concerns = ({ since, fixed }: Weakness, version: string): boolean =>
  isBefore(version, fixed) && !(since !== undefined && isBefore(version, since));
