// Writes the tables of doc/metrics.md from the families. Needs the build.
import { readFileSync, writeFileSync } from "node:fs";

const { metricsDoc } = await import("../packages/octoproxy/dist/metrics-doc.js");
const page = "doc/metrics.md";
writeFileSync(page, metricsDoc(readFileSync(page, "utf8")));
