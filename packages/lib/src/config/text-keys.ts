import { z } from "zod";
import { documented, type KeyText, missing, not } from "./key-doc.ts";
import { shown } from "./key-path.ts";

interface TextKey<T> extends KeyText {
  /** `host:port`, with an article: what a value has to be. */
  readonly expects: string;
  /** undefined where the text is not what is expected. */
  readonly parse: (text: string) => T | undefined;
  /** Messages do not show the value. */
  readonly secret?: boolean;
}

/** A string that must be there. */
export const requiredText = <T>(key: TextKey<T>) =>
  documented(parsedText(key), { ...key, default: "required" }, key.expects);

/** A string with a default, which is parsed like a written one. */
export const text = <T>(key: TextKey<T> & { readonly default: string }) =>
  documented(parsedText(key).prefault(key.default), { ...key, default: `"${key.default}"` }, key.expects);

/** A string that may be missing. */
export const optionalText = <T>(key: TextKey<T>) =>
  documented(parsedText(key).optional(), { ...key, default: "none" }, key.expects);

interface ListKey<T> extends TextKey<T> {
  /** Empty means none. */
  readonly default: readonly string[];
}

/** A string or an array of strings. An empty array is a fault where it is not the default. */
export const textList = <T>(key: ListKey<T>) => {
  const filled = parsedList(key, key.default.length > 0).prefault(key.default as never);
  return documented(filled, { ...key, default: listText(key.default) }, listValues(key));
};

/** A string or an array of strings that must be there. */
export const requiredTextList = <T>(key: TextKey<T>) =>
  documented(parsedList(key, true), { ...key, default: "required" }, listValues(key));

const parsedList = <T>(key: TextKey<T>, nonEmpty: boolean) =>
  z.unknown().transform((value, context): readonly T[] => {
    const problem = (input: unknown, message: string, path: number[] = []): void => {
      context.issues.push({ code: "custom", input, path, message });
    };
    const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (value === undefined) problem(value, missing);
    else if (entries.length === 0 && nonEmpty) problem(value, `empty, not ${key.expects}`);
    if (value === undefined) return z.NEVER;
    return entries.flatMap((entry, index): readonly T[] => {
      const parsed = typeof entry === "string" ? key.parse(entry) : undefined;
      if (parsed !== undefined) return [parsed];
      problem(entry, `${shown(entry)} is not ${key.expects}`, Array.isArray(value) ? [index] : []);
      return [];
    });
  });

const listValues = <T>(key: TextKey<T>): string => `${key.expects}, or an array of them`;

const listText = (list: readonly string[]): string => {
  if (list.length > 1) return JSON.stringify(list);
  return list[0] === undefined ? "none" : `"${list[0]}"`;
};

const parsedText = <T>(key: TextKey<T>) =>
  z.string(not("a string")).transform((text, context): T => {
    const result = key.parse(text);
    if (result !== undefined) return result;
    const what = key.secret ? "the value" : shown(text);
    context.issues.push({ code: "custom", input: text, message: `${what} is not ${key.expects}` });
    return z.NEVER;
  });
