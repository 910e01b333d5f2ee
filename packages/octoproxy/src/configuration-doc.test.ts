import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { configurationDoc } from "./configuration-doc.ts";

const page = readFileSync(new URL("../../../doc/configuration.md", import.meta.url), "utf8");

test("doc/configuration.md says what the schemas say (npm run doc:configuration writes it)", () => {
  assert.equal(page, configurationDoc(page));
});
