import type { z } from "zod";
import { keyDocs } from "./key-doc.ts";

/**
 * The keys of a schema as a table in Markdown: what `doc/configuration.md` holds between its markers. Tables inside
 * of the schema have tables of their own and are left out.
 */
export const keyTable = (schema: z.ZodObject): string => {
  const rows = Object.entries(schema.shape).flatMap(([name, value]) => {
    const doc = keyDocs.get(value as z.ZodType);
    if (doc === undefined) return [];
    const cells = [`\`${name}\``, inCode(doc.default), doc.values, doc.meaning];
    return [`| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`];
  });
  return ["| key | default | value | meaning |", "|---|---|---|---|", ...rows].join("\n");
};

/** Replaces what stands between the markers of each table. Throws where the text lacks them. */
export const withTables = (text: string, tables: Readonly<Record<string, string>>): string => {
  let result = text;
  for (const [name, table] of Object.entries(tables)) {
    const begin = `<!-- keys: ${name} -->`;
    const end = "<!-- end -->";
    const from = result.indexOf(begin);
    const to = result.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`there is no ${begin} … ${end}`);
    result = `${result.slice(0, from + begin.length)}\n${table}\n${result.slice(to)}`;
  }
  return result;
};

/** Values as TOML has them are code; words about them are not. */
const inCode = (value: string): string =>
  /^(?:"[^`]*"|-?[\d.]+|true|false)$/.test(value) ? `\`${value}\`` : value;
