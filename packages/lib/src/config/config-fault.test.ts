import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, type ConfigFault, formatFault, sortFaults } from "./config-fault.ts";

const fault = (file: string, line: number | undefined, message: string, keyPath = ""): ConfigFault => ({
  file,
  line,
  column: line === undefined ? undefined : 1,
  keyPath,
  message,
});

test("one fault is one line, and says nothing else", () => {
  const error = new ConfigError([
    fault("client.toml", 12, 'unknown key, did you mean "address"?', "backends.tokyo.adress"),
  ]);
  assert.equal(
    error.report(),
    'client.toml:12:1 backends.tokyo.adress: unknown key, did you mean "address"?',
  );
});

test("several faults stand in one column, with their count below", () => {
  const error = new ConfigError([
    fault("a.toml", 1, "x"),
    fault("rules.toml", 100, "y"),
    fault("b", undefined, "z"),
  ]);
  assert.equal(
    error.report(),
    [
      "a.toml:1:1        x",
      "rules.toml:100:1  y",
      "b:                z",
      "3 faults in 3 files. Nothing was started.",
    ].join("\n"),
  );
  assert.match(error.report("The old one stays."), /3 faults in 3 files\. The old one stays\.$/);
});

test("a file with nothing right in it does not print for ever", () => {
  const error = new ConfigError(Array.from({ length: 10_000 }, (_, line) => fault("a", line + 1, "bad")));
  const lines = error.report().split("\n");
  assert.equal(lines.length, 52);
  assert.deepEqual(lines.slice(-2), ["… and 9950 more", "10000 faults in 1 file. Nothing was started."]);
});

test("faults are sorted by file in the order of reading, then by place", () => {
  const faults = [fault("b", 1, "4"), fault("a", 9, "2"), fault("a", 2, "1"), fault("a", 9, "3")];
  assert.deepEqual(
    sortFaults(faults, ["a", "b"]).map(({ message }) => message),
    ["1", "2", "3", "4"],
  );
});

test("what a file contains cannot write to the terminal", () => {
  const text = formatFault(fault("a\u001b[2J", 1, "bad \u202evalue", "key\n\u0007"));
  assert.equal(text, "a?[2J:1:1 key??: bad ?value");
});
