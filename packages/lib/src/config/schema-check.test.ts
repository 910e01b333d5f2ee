import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { ConfigError } from "./config-fault.ts";
import { ConfigReport } from "./config-report.ts";
import { amount, bytes, choice, count, flag, optionalCount, seconds } from "./keys.ts";
import { checkSchema } from "./schema-check.ts";
import { optionalText, requiredText, requiredTextList, text, textList } from "./text-keys.ts";
import { TomlDocument } from "./toml-document.ts";

const word = { expects: "a word", parse: (written: string) => (/^\w+$/.test(written) ? written : undefined) };
const meaning = "";

const schema = z.strictObject({
  wait: seconds({ default: 10, min: 0.5, max: 3600, meaning }),
  tasks: count({ default: 4, min: 1, max: 1_000_000, meaning }),
  share: amount({ default: 1, min: 0.01, max: 10, meaning }),
  limit: optionalCount({ min: 1, max: 5, defaultText: "none", meaning }),
  window: bytes({ default: 1024, min: 16, max: 2 ** 31 - 1, meaning }),
  on: flag({ default: false, meaning }),
  mode: choice({ words: ["fast_one", "slow"], also: { old: "slow" }, default: "slow", meaning }),
  name: requiredText({ ...word, meaning }),
  nick: optionalText({ ...word, meaning }),
  token: optionalText({ ...word, secret: true, meaning }),
  title: text({ ...word, default: "none", meaning }),
  list: textList({ ...word, default: ["a"], meaning }),
  rest: textList({ ...word, default: [], meaning }),
  must: requiredTextList({ ...word, meaning }),
  inner: z.strictObject({ deep: flag({ default: true, meaning }) }).prefault({}),
});

const check = (toml: string) => {
  const document = TomlDocument.parse("a.toml", toml);
  assert.ok(document instanceof TomlDocument);
  const report = new ConfigReport();
  const value = checkSchema({ report, document, path: [], value: document.values, schema });
  try {
    report.finish();
    return { value, faults: [] };
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    const faults = error.faults.map((f) => `${f.line}:${f.column} ${f.keyPath}: ${f.message}`);
    return { value, faults };
  }
};

const good = 'name = "n"\nmust = "m"\n';

test("defaults are filled in", () => {
  assert.deepEqual(check(good).value, {
    wait: 10,
    tasks: 4,
    share: 1,
    window: 1024,
    on: false,
    mode: "slow",
    name: "n",
    title: "none",
    list: ["a"],
    rest: [],
    must: ["m"],
    inner: { deep: true },
  });
});

test("good values are taken, at their bounds too", () => {
  for (const [line, key, expected] of [
    ["wait = 0.5", "wait", 0.5],
    ["wait = 3600", "wait", 3600],
    ["tasks = 1_000_000", "tasks", 1_000_000],
    ["limit = 5", "limit", 5],
    ["window = 16", "window", 16],
    ['window = "2 MiB"', "window", 2 * 1024 * 1024],
    ['window = "16B"', "window", 16],
    ["window = 2147483647", "window", 2147483647],
    ['mode = "Fast_One"', "mode", "fast_one"],
    ['mode = "old"', "mode", "slow"],
    ['list = "x"', "list", ["x"]],
    ['list = ["x", "y"]', "list", ["x", "y"]],
    ["rest = []", "rest", []],
  ] as const) {
    const { value, faults } = check(good + line);
    assert.deepEqual(faults, [], line);
    assert.deepEqual(value?.[key], expected, line);
  }
});

test("each wrong value is one sentence at its place", () => {
  for (const [line, sentence] of [
    ["wait = -1", "3:8 wait: -1 is not a number of seconds from 0.5 to 3,600"],
    ["wait = nan", "3:8 wait: NaN is not a number of seconds from 0.5 to 3,600"],
    ['wait = "soon"', '3:8 wait: "soon" is not a number of seconds from 0.5 to 3,600'],
    ["wait = 1979-05-27", "3:8 wait: a date is not a number of seconds from 0.5 to 3,600"],
    ["tasks = 1.5", "3:9 tasks: 1.5 is not a whole number from 1 to 1,000,000"],
    ["tasks = inf", "3:9 tasks: Infinity is not a whole number from 1 to 1,000,000"],
    ["limit = 6", "3:9 limit: 6 is not a whole number from 1 to 5"],
    ["on = 1", "3:6 on: 1 is not true or false"],
    ["on = {}", "3:6 on: a table is not true or false"],
    [
      'window = "2 MB"',
      '3:10 window: "2 MB" is not a size from 16 bytes to 2,147,483,647 bytes, in bytes or like "2 MiB"',
    ],
    [
      "window = 15",
      '3:10 window: 15 is not a size from 16 bytes to 2,147,483,647 bytes, in bytes or like "2 MiB"',
    ],
    ['mode = "fast-on"', '3:8 mode: "fast-on" is not one of fast_one, slow, did you mean "fast_one"?'],
    ['mode = "constructor"', '3:8 mode: "constructor" is not one of fast_one, slow'],
    ["mode = {toString = 1}", "3:8 mode: a table is not one of fast_one, slow"],
    ['nick = "a b"', '3:8 nick: "a b" is not a word'],
    ["nick = []", "3:8 nick: an array is not a string"],
    ["list = []", "3:8 list: empty, not a word"],
    ['list = ["x", 1, "a b"]', "3:14 list[1]: 1 is not a word"],
    ["inner = 1", "3:9 inner: must be a table"],
    ["inner = { depe = true }", '3:11 inner.depe: unknown key, did you mean "deep"?'],
    ['"__proto__" = 1', "3:1 __proto__: unknown key"],
    ['"\\u0000" = 1', '3:1 "\u0000": unknown key'],
  ] as const) {
    const { value, faults } = check(good + line);
    assert.equal(value, undefined, line);
    assert.equal(faults[0], sentence);
  }
});

test("a secret is not repeated in the message", () => {
  assert.deepEqual(check(`${good}token = "my secret"`).faults, ["3:9 token: the value is not a word"]);
});

test("every fault is told, in the order of the file; a misspelt key is one fault, not two", () => {
  assert.deepEqual(check('x = 1\nname = 5\nmuts = "m"\nwait = 0\n').faults, [
    "1:1 x: unknown key",
    "2:8 name: 5 is not a string",
    '3:1 muts: unknown key, did you mean "must"?',
    "4:8 wait: 0 is not a number of seconds from 0.5 to 3,600",
  ]);
  assert.deepEqual(check("").faults, [
    "1:1 name: required, and missing here",
    "1:1 must: required, and missing here",
  ]);
});
