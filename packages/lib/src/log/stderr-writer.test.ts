import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigFolder } from "../config/config-fixture.ts";

/** A process that logs to its standard error and says on its standard output how many lines were lost. */
const script = (lines: number): string => `
import { openStderrLog } from ${JSON.stringify(new URL("stderr-log.js", import.meta.url).href)};
const { log, sink } = await openStderrLog("info");
for (let i = 0; i < ${lines}; i++) {
  log.info({ i, text: "x".repeat(200) }, "line");
  if (i % 100 === 0) await new Promise(setImmediate);
}
await sink.flush(500);
process.stdout.write(String(sink.dropped), () => process.exit(7));
`;

const runWith = async (
  stderr: number | "pipe",
  lines: number,
  use: (child: ReturnType<typeof spawn>) => void,
) => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script(lines)], {
    stdio: ["ignore", "pipe", stderr],
  });
  let said = "";
  child.stdout?.on("data", (chunk) => {
    said += chunk;
  });
  use(child);
  const [status] = await once(child, "close");
  return { status, dropped: Number(said) };
};

test("a file gets every line", async () => {
  using folder = new ConfigFolder();
  const file = join(folder.path, "log");
  const descriptor = openSync(file, "a");
  const result = await runWith(descriptor, 2000, () => undefined);
  closeSync(descriptor);
  assert.deepEqual(result, { status: 7, dropped: 0 });
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).i),
    Array.from({ length: 2000 }, (_, index) => index),
  );
});

// R22
test("a full disk loses lines and counts them, and nothing else happens", async () => {
  const descriptor = openSync("/dev/full", "w");
  const result = await runWith(descriptor, 500, () => undefined);
  closeSync(descriptor);
  assert.deepEqual(result, { status: 7, dropped: 500 });
});

test("a closed pipe loses lines and counts them, and nothing else happens", async () => {
  const { status, dropped } = await runWith("pipe", 5000, (child) => child.stderr?.destroy());
  assert.equal(status, 7);
  assert.ok(dropped > 4000, `${dropped}`);
});

test("a reader that never reads does not stop the process, nor keep it from ending", async () => {
  const { status, dropped } = await runWith("pipe", 50_000, (child) => child.stderr?.pause());
  assert.equal(status, 7);
  assert.ok(dropped > 10_000, `${dropped}`);
});
