import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzing } from "../testing/fuzzing.ts";
import { tableLines } from "./table-lines.ts";
import { isTable, TomlDocument } from "./toml-document.ts";

const parse = (text: string): TomlDocument => {
  const document = TomlDocument.parse("a.toml", text);
  assert.ok(document instanceof TomlDocument);
  return document;
};

const sample = [
  "top.level = 1",
  "[backends.tokyo]",
  'address = "a"',
  "http2 = { keep = 1, deep.er = [ 1, {x = 2} ] }",
  "",
  "  [ backends . '10' ]",
  "   weight   =   5",
  "[[clients]]",
  "match = 'a'",
  "[[clients]]",
  "match = [",
  "  'b',",
  "  'c']",
].join("\n");

test("keys and values have lines and columns from 1, whatever way they are written", () => {
  for (const text of [sample, sample.replaceAll("\n", "\r\n")]) {
    const document = parse(text);
    const at = (path: (string | number)[], what: "key" | "value" = "value") => {
      const { line, column } = document.locate(path, what);
      return `${line}:${column}`;
    };
    assert.equal(at(["top", "level"]), "1:13");
    assert.equal(at(["backends", "tokyo"], "key"), "2:1");
    assert.equal(at(["backends", "tokyo", "address"], "key"), "3:1");
    assert.equal(at(["backends", "tokyo", "address"]), "3:11");
    assert.equal(at(["backends", "tokyo", "http2", "keep"]), "4:18");
    assert.equal(at(["backends", "tokyo", "http2", "deep", "er", 1, "x"]), "4:41");
    assert.equal(at(["backends", "10"], "key"), "6:3");
    assert.equal(at(["backends", "10", "weight"]), "7:17");
    assert.equal(at(["clients", 0, "match"]), "9:9");
    assert.equal(at(["clients", 1, "match", 1]), "13:3");
  }
});

test("what is missing is where the table is that should hold it", () => {
  const document = parse(sample);
  assert.deepEqual(document.locate(["backends", "tokyo", "client_cert"], "value"), { line: 2, column: 1 });
  assert.deepEqual(document.locate(["nothing", "at", "all"], "key"), { line: 1, column: 1 });
});

test("names keep the order of the file also where they look like numbers", () => {
  const document = parse("[b.zulu]\n[b.10]\n[b.9.x]\n[b.'2']\n[b.alpha]\n[b.9]\n");
  const { b } = document.values;
  assert.ok(isTable(b));
  assert.deepEqual(document.names(["b"], b), ["zulu", "10", "9", "2", "alpha"]);
});

test("names that objects have by birth are only names", () => {
  const document = parse('["__proto__"]\na = 1\n[constructor]\n[toString]\n');
  assert.deepEqual(document.names([], document.values), ["__proto__", "constructor", "toString"]);
  assert.deepEqual(document.locate(["constructor"], "key"), { line: 3, column: 1 });
});

test("text that is not TOML is a fault with its place", () => {
  for (const [text, place, message] of [
    ["a = 1\na = 2", "2:1", /defined a second time/],
    ["[a]\n\n[a]", "3:2", /defined a second time/],
    ["a = ", "1:5", /^not valid TOML, /],
    ['\n\na = "x', "3:5", /^not valid TOML, /],
    ["a = 1 b = 2", "1:7", /^not valid TOML, /],
    ["\u0000", "1:1", /^not valid TOML, /],
    [`a = ${"[".repeat(100_000)}`, "1:37", /^not valid TOML, /],
    ["a = 99999999999999999999", "1:5", /^not valid TOML, /],
  ] as const) {
    const fault = TomlDocument.parse("a.toml", text);
    assert.ok(!(fault instanceof TomlDocument), text);
    assert.equal(`${fault.line}:${fault.column}`, place, text.slice(0, 40));
    assert.match(fault.message, message);
    assert.doesNotMatch(fault.message, /\n/);
  }
});

test("any text is values or a fault, and every place can be asked for", () => {
  const piece = fc.constantFrom(
    "[",
    "]",
    "a",
    "1",
    ".",
    "=",
    '"',
    "'",
    "\n",
    "{",
    "}",
    ",",
    " ",
    "#",
    "\\",
    "\r",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const document = TomlDocument.parse("a.toml", pieces.join(""));
      if (!(document instanceof TomlDocument)) return (document.line ?? 0) >= 1;
      return document.names([], document.values).every((name) => document.locate([name], "key").line >= 1);
    }),
    fuzzing("toml"),
  );
});

test("the quick look at table headers says what the parser says, or nothing", () => {
  const lines = fc.constantFrom(
    "[a]",
    '["b.c"]',
    "['*.d'] # here",
    " [ e ]",
    "x = 1",
    'y = """',
    '"""',
    'z = [\n["a"]\n]',
    "[f.g]",
    "h = { i = 1 }",
    "# [j]",
  );
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 8 }), (chosen) => {
      const text = chosen.join("\n");
      const document = TomlDocument.parse("a.toml", text);
      if (!(document instanceof TomlDocument)) return;
      if (!Object.values(document.values).every(isTable)) return;
      const names = Object.keys(document.values);
      const quick = tableLines(text, names);
      for (const name of names) {
        const { line } = document.locate([name], "key");
        assert.equal(quick?.get(name) ?? line, line, text);
        assert.equal(document.tableLine(name), line);
      }
    }),
    fuzzing("toml-headers"),
  );
});
