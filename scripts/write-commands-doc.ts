// Writes the sections of doc/commands.md from the commands' own definitions. Needs the build.
import { readFileSync, writeFileSync } from "node:fs";

const { commandsDoc } = await import("../packages/octoproxy/dist/reference/commands-doc.js");
const page = "doc/commands.md";
writeFileSync(page, await commandsDoc(readFileSync(page, "utf8")));
