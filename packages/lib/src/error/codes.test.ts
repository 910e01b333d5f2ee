import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { errorCodes } from "./codes.ts";

const page = readFileSync(new URL("../../../../doc/errors.md", import.meta.url), "utf8");

/** The row of `doc/errors.md` that tells what the table says. */
const row = (code: keyof typeof errorCodes): string => {
  const { fault, retry, charged, status, token, socks, sentence } = errorCodes[code];
  const yes = (flag: boolean): string => (flag ? "yes" : "no");
  return `| \`${code}\` | ${sentence} | ${fault} | ${yes(retry)} | ${yes(charged)} | ${status} | \`${token}\` | ${socks} |`;
};

test("doc/errors.md says what the table says, in its order, and nothing else", () => {
  const documented = page.split("\n").filter((line) => line.startsWith("| `"));
  const expected = (Object.keys(errorCodes) as (keyof typeof errorCodes)[]).map(row);
  assert.deepEqual(documented, expected);
});

test("a target's or an application's failure is neither retried nor charged", () => {
  for (const [code, traits] of Object.entries(errorCodes)) {
    if (["target", "policy", "application"].includes(traits.fault)) {
      assert.equal(traits.retry || traits.charged, false, code);
    }
    if (traits.charged) assert.equal(traits.retry, true, code);
  }
});
