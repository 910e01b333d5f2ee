import type { ConfigReport } from "./config-report.ts";
import type { KeyPath } from "./key-path.ts";
import { isTable, type TomlDocument, type TomlTable } from "./toml-document.ts";

/**
 * Keys that are read and checked but do nothing in this copy: the way to the key, `*` for any name, and what is
 * missing, as the end of the sentence "has no effect yet: …". A key that works is not listed.
 */
export type NotYet = Readonly<Record<string, string>>;

/** One warning for each key of the table that is set, however many backends set it. */
export const warnNotYet = (report: ConfigReport, document: TomlDocument, notYet: NotYet): void => {
  for (const [pattern, reason] of Object.entries(notYet)) {
    const [path, ...more] = setPaths(document.values, pattern.split("."));
    if (path === undefined) continue;
    const others =
      more.length === 0 ? "" : ` (nor in ${more.length} other place${more.length > 1 ? "s" : ""})`;
    report.warn(document, path, `has no effect yet${others}: ${reason}`);
  }
};

/** The same for `doc/configuration.md`. */
export const notYetList = (notYet: NotYet): string => {
  const entries = Object.entries(notYet).map(([pattern, reason]) => `- \`${pattern}\`: ${reason}`);
  return entries.length === 0 ? "- nothing" : entries.join("\n");
};

const setPaths = (table: TomlTable, pattern: readonly string[]): KeyPath[] => {
  const [name, ...rest] = pattern;
  if (name === undefined) return [];
  const names = name === "*" ? Object.keys(table) : Object.hasOwn(table, name) ? [name] : [];
  return names.flatMap((found) => {
    const value = table[found];
    if (rest.length === 0) return value === false ? [] : [[found]];
    return isTable(value) ? setPaths(value, rest).map((path) => [found, ...path]) : [];
  });
};
