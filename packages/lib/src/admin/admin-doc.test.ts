import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { withAdminTables } from "./admin-doc.ts";
import { endpoints } from "./endpoints.ts";

const page = readFileSync(new URL("../../../../doc/admin-api.md", import.meta.url), "utf8");

test("doc/admin-api.md says what the endpoints and schemas say (npm run doc:admin writes it)", () => {
  assert.equal(page, withAdminTables(page));
  for (const { method, path } of endpoints) assert.ok(page.includes(`\`${method} ${path}`), path);
});
