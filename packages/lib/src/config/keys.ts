import { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";
import { documented, type KeyText, not } from "./key-doc.ts";
import { shown } from "./key-path.ts";

interface NumberKey extends KeyText {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

/** A duration in seconds, fractions allowed. The value stays in seconds. */
export const seconds = (key: NumberKey) => number(key, "seconds");

/** A whole number of something. */
export const count = (key: NumberKey) => number(key, "a whole number");

/** Any number in bounds. */
export const amount = (key: NumberKey, unit = "a number") => number(key, unit);

const number = (key: NumberKey, unit: string) => {
  const range = `${grouped(key.min)} to ${grouped(key.max)}`;
  const expects = unit.startsWith("a ") ? `${unit} from ${range}` : `a number of ${unit} from ${range}`;
  const base = z.number(not(expects));
  const whole = unit === "a whole number" ? base.int(not(expects)) : base;
  const bounded = whole.min(key.min, not(expects)).max(key.max, not(expects));
  return documented(bounded.default(key.default), { ...key, default: String(key.default) }, expects);
};

/** A whole number that may be missing. */
export const optionalCount = (key: Omit<NumberKey, "default"> & { readonly defaultText: string }) => {
  const expects = `a whole number from ${grouped(key.min)} to ${grouped(key.max)}`;
  const schema = z.int(not(expects)).min(key.min, not(expects)).max(key.max, not(expects)).optional();
  return documented(schema, { ...key, default: key.defaultText }, expects);
};

interface BytesKey extends KeyText {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

const byteUnits: Record<string, number> = { "": 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** A size: whole bytes, or a string with a unit, `"2 MiB"`. The value is in bytes. */
export const bytes = (key: BytesKey) => {
  const expects = `a size from ${sizeText(key.min)} to ${sizeText(key.max)}, in bytes or like "2 MiB"`;
  const schema = z.unknown().transform((value, context) => {
    const match = typeof value === "string" ? /^(\d{1,12}) ?([KMG]iB|B)?$/.exec(value) : null;
    const size = match === null ? value : Number(match[1]) * byteUnits[match[2] ?? ""]!;
    if (typeof size === "number" && Number.isInteger(size) && size >= key.min && size <= key.max) return size;
    context.issues.push({ code: "custom", input: value, message: `${shown(value)} is not ${expects}` });
    return z.NEVER;
  });
  return documented(schema.default(key.default), { ...key, default: `"${sizeText(key.default)}"` }, expects);
};

/** true or false. */
export const flag = (key: KeyText & { readonly default: boolean }) =>
  documented(
    z.boolean(not("true or false")).default(key.default),
    { ...key, default: String(key.default) },
    "true or false",
  );

interface ChoiceKey<T extends string> extends KeyText {
  readonly words: readonly T[];
  readonly default: NoInfer<T>;
  /** Other spellings that are taken for a word. */
  readonly also?: Readonly<Record<string, NoInfer<T>>>;
}

/** One word of a closed set; upper and lower case are the same. */
export const choice = <T extends string>(key: ChoiceKey<T>) => {
  const schema = z.unknown().transform((value, context): T => {
    const word = typeof value === "string" ? value.toLowerCase() : "";
    const also = key.also !== undefined && Object.hasOwn(key.also, word) ? key.also[word] : undefined;
    const found = key.words.find((candidate) => candidate === word) ?? also;
    if (found !== undefined) return found;
    const hint = typeof value === "string" ? didYouMean(value, key.words) : "";
    const message = `${shown(value)} is not one of ${key.words.join(", ")}${hint}`;
    context.issues.push({ code: "custom", input: value, message });
    return z.NEVER;
  });
  const values = key.words.map((word) => `\`${word}\``).join(", ");
  return documented(schema.default(key.default as never), { ...key, default: `"${key.default}"` }, values);
};

/** `16,777,216`. By hand, since `Intl` takes 11 ms to be ready and every start would wait for it. */
const grouped = (value: number): string => {
  const [whole, fraction] = String(Math.round(value * 1000) / 1000).split(".");
  const marked = whole!.replace(/\d(?=(?:\d{3})+$)/g, "$&,");
  return fraction === undefined ? marked : `${marked}.${fraction}`;
};

const sizeText = (size: number): string => {
  for (const unit of ["GiB", "MiB", "KiB"]) {
    const whole = size / byteUnits[unit]!;
    if (Number.isInteger(whole)) return `${whole} ${unit}`;
  }
  return `${grouped(size)} bytes`;
};
