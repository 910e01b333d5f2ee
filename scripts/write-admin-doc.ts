// Writes the tables of doc/admin-api.md from the endpoints and schemas. Needs the build.
import { readFileSync, writeFileSync } from "node:fs";
import { withAdminTables } from "../packages/lib/dist/admin/admin-doc.js";

const page = "doc/admin-api.md";
writeFileSync(page, withAdminTables(readFileSync(page, "utf8")));
