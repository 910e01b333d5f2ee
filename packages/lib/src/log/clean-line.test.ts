import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printable } from "../error/proxy-error.ts";
import { fuzzing } from "../testing/fuzzing.ts";
import { cleanLine } from "./clean-line.ts";

const line = (value: unknown): string => `${JSON.stringify({ msg: value })}\n`;

test("what is printable stays as it is", () => {
  for (const text of [
    "plain",
    'quotes " and \\ and /',
    "ünïcödé 🐙",
    "\\u001b spelt out",
    "C:\\new\\table",
  ]) {
    assert.deepEqual(JSON.parse(cleanLine(line(text))), { msg: text });
  }
});

test("what a terminal would act on becomes a question mark, raw or escaped", () => {
  for (const [text, clean] of [
    ["\u001b[2J", "?[2J"],
    ["a\nb\r\tc", "a?b??c"],
    ["\u007f\u009b1m", "??1m"],
    ["\u202egpj.exe", "?gpj.exe"],
    ["\\\u001b", "\\?"],
    ["\\\\\n", "\\\\?"],
  ]) {
    assert.deepEqual(JSON.parse(cleanLine(line(text))), { msg: clean });
  }
  assert.equal(cleanLine('{"msg":"\\u009B\\u0041"}\n'), '{"msg":"?\\u0041"}\n');
});

test("any strings, in names and values, come out printable and stay one line of JSON", () => {
  const text = fc.string({
    unit: fc.constantFrom("\\", '"', "u", "0", "\u001b", "\n", "\u0085", "\u2066", "a", "🐙"),
  });
  fc.assert(
    fc.property(text, text, (name, value) => {
      const clean = cleanLine(`${JSON.stringify({ [`x${name}`]: [value] })}\n`);
      assert.deepEqual(JSON.parse(clean), { [`x${printable(name)}`]: [printable(value)] });
      assert.equal(clean.indexOf("\n"), clean.length - 1);
    }),
    fuzzing("log-lines"),
  );
});
