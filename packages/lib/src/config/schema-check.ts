import { z } from "zod";
import type { ConfigReport } from "./config-report.ts";
import { didYouMean, nearest } from "./did-you-mean.ts";
import { missing } from "./key-doc.ts";
import type { KeyPath } from "./key-path.ts";
import { isTable, type TomlDocument } from "./toml-document.ts";

export interface SchemaCheck<S extends z.ZodType> {
  readonly report: ConfigReport;
  readonly document: TomlDocument;
  readonly path: KeyPath;
  readonly value: unknown;
  readonly schema: S;
  /** Instead of "unknown key", where more can be said; undefined where not. */
  readonly unknownKey?: (name: string, path: KeyPath, value: unknown) => string | undefined;
}

/**
 * Holds a part of a document against a schema and reports every fault in it.
 * @returns undefined where there was one.
 */
export const checkSchema = <S extends z.ZodType>(check: SchemaCheck<S>): z.output<S> | undefined => {
  const result = check.schema.safeParse(check.value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => ({
    issue,
    path: issue.path.filter((part) => typeof part !== "symbol"),
  }));
  /** Keys that a misspelt one was meant to be: their absence is not another fault. */
  const meant = new Set<string>();
  for (const { issue, path } of problems) {
    if (issue.code !== "unrecognized_keys") continue;
    for (const name of reportUnknown(check, path, issue.keys)) meant.add(JSON.stringify([...path, name]));
  }
  for (const { issue, path } of problems) {
    if (issue.code === "unrecognized_keys") continue;
    if (issue.message === missing && meant.has(JSON.stringify(path))) continue;
    const at = issue.message === missing ? "key" : "value";
    check.report.fault(check.document, [...check.path, ...path], sentence(issue), at);
  }
  return undefined;
};

/** @returns the known keys that stand in the messages. */
const reportUnknown = <S extends z.ZodType>(
  check: SchemaCheck<S>,
  path: KeyPath,
  names: readonly string[],
): string[] => {
  const known = keysAt(check.schema, path);
  return names.flatMap((name) => {
    const full = [...check.path, ...path, name];
    const more = check.unknownKey?.(name, path, valueAt(check.value, [...path, name]));
    const message = more ?? `unknown key${didYouMean(name, known)}`;
    check.report.fault(check.document, full, message, "key");
    return nearest(name, known) ?? [];
  });
};

const sentence = (issue: z.core.$ZodIssue): string =>
  issue.code === "invalid_type" && issue.expected === "object" ? "must be a table" : issue.message;

const keysAt = (schema: z.core.$ZodType, path: KeyPath): readonly string[] => {
  const inner = unwrapped(schema);
  const [first, ...rest] = path;
  if (inner instanceof z.ZodArray) return keysAt(inner.element, rest);
  if (!(inner instanceof z.ZodObject)) return [];
  const next = typeof first === "string" ? inner.shape[first] : undefined;
  return first === undefined ? Object.keys(inner.shape) : next === undefined ? [] : keysAt(next, rest);
};

/** A schema without its default or its permission to be missing. */
export const unwrapped = (schema: z.core.$ZodType): z.core.$ZodType =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
    ? unwrapped(schema.unwrap())
    : schema;

const valueAt = (value: unknown, path: KeyPath): unknown =>
  path.reduce<unknown>((inner, part) => {
    if (typeof part === "number") return Array.isArray(inner) ? inner[part] : undefined;
    return isTable(inner) ? inner[part] : undefined;
  }, value);
