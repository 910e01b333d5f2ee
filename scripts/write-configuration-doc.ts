// Writes the tables of doc/configuration.md from the schemas. Needs the build.
import { readFileSync, writeFileSync } from "node:fs";

const { configurationDoc } = await import("../packages/octoproxy/dist/configuration-doc.js");
const page = "doc/configuration.md";
writeFileSync(page, configurationDoc(readFileSync(page, "utf8")));
