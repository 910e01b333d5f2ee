// A reporter of node:test that writes the files with a failed test, one a line.
import type { TestEvent } from "node:test/reporters";

// biome-ignore lint/style/noDefaultExport: how Node loads a reporter
export default async function* failedFiles(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const told = new Set<string>();
  for await (const { type, data } of source) {
    const file = type === "test:fail" ? data.file : undefined;
    if (file === undefined || told.has(file)) continue;
    told.add(file);
    yield `${file}\n`;
  }
}
