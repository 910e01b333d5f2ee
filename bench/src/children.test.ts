import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const alive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

test("whatever was started is gone after SIGINT, with what that has started, and so is the folder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "octoproxy-children-"));
  const script = `
    import { removeAtEnd, spawnChild } from ${JSON.stringify(new URL("children.js", import.meta.url).href)};
    removeAtEnd(${JSON.stringify(folder)});
    const child = spawnChild("sh", ["-c", "sleep 600 & echo $$ $!; wait"], { stdio: ["ignore", "inherit", "ignore"] });
  `;
  const args = ["--input-type=module", "-e", script];
  const parent = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pids = String(line).trim().split(" ").map(Number);
  assert.equal(pids.length, 2);
  assert.deepEqual(pids.map(alive), [true, true]);
  const exited = once(parent, "exit");
  parent.kill("SIGINT");
  assert.deepEqual(await exited, [130, null]);
  const deadline = Date.now() + 10_000;
  while (pids.some(alive) && Date.now() < deadline) await new Promise(setImmediate);
  assert.deepEqual(pids.map(alive), [false, false]);
  assert.equal(existsSync(folder), false);
});
