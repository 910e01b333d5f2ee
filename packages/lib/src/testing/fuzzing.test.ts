import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { corpusFolder, readCorpus } from "./corpus.ts";
import { fuzzing } from "./fuzzing.ts";

test("what was found once is tried first, bytes and text alike", () => {
  const folder = mkdtempSync(join(tmpdir(), "octoproxy-corpus-"));
  try {
    writeFileSync(join(folder, "sample.json"), '[[{"hex":"00ff"},"text",7]]');
    const examples = readCorpus<[Uint8Array<ArrayBuffer>, string, number]>(
      "sample",
      pathToFileURL(`${folder}/`),
    );
    assert.deepEqual(examples, [[Uint8Array.of(0, 255), "text", 7]]);
    assert.deepEqual(readCorpus("nothing", pathToFileURL(`${folder}/`)), []);
    const met: unknown[] = [];
    const property = fc.property(fc.uint8Array(), fc.string(), fc.integer(), (...all) => void met.push(all));
    fc.assert(property, { ...fuzzing("no such file"), examples });
    assert.deepEqual(met[0], examples[0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a property that fails says with what", () => {
  const property = fc.property(fc.integer(), (number) => assert.ok(number < 1000));
  assert.throws(
    () => fc.assert(property, fuzzing("no such file")),
    /seed: .*path: .*Counterexample: \[1000\]/s,
  );
});

test("every file of the corpus is a list of lists", () => {
  for (const file of readdirSync(corpusFolder).filter((name) => name.endsWith(".json"))) {
    const entries = JSON.parse(readFileSync(new URL(file, corpusFolder), "utf8")) as unknown[];
    assert.ok(Array.isArray(entries) && entries.every(Array.isArray), file);
  }
});
