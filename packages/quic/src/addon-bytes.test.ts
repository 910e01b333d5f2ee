import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadAddonBytes, unpackingFolders } from "./addon-bytes.ts";

const folder = mkdtempSync(join(tmpdir(), "octo-quic-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const bytes = Buffer.from("no addon");
const sha256 = createHash("sha256").update(bytes).digest("hex");

test("bytes that are not those of the digest are never written", () => {
  const damaged = { read: () => Buffer.from("other"), sha256 };
  assert.throws(() => loadAddonBytes(damaged, [folder]), /the addon in this executable is damaged/);
  assert.deepEqual(readdirSync(folder), []);
});

test("every folder that will not do is named with its reason, and nothing stays in them", () => {
  const missing = join(folder, "missing");
  const file = { read: () => bytes, sha256 };
  assert.throws(
    () => loadAddonBytes(file, [missing, folder]),
    new RegExp(`could not be unpacked \\(${missing}: there is no such folder; ${folder}: .*\\)$`),
  );
  assert.deepEqual(readdirSync(folder), []);
});

test("a folder that may not be written to is said to be so", () => {
  const closed = mkdtempSync(join(folder, "closed-"));
  chmodSync(closed, 0o500);
  // Root may write everywhere: for a moment this is nobody.
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  try {
    assert.throws(() => loadAddonBytes({ read: () => bytes, sha256 }, [closed]), /permission denied/);
  } finally {
    if (root) process.seteuid?.(0);
  }
});

test("a supervisor's runtime folder is tried after the temporary one", () => {
  const folders = unpackingFolders({ RUNTIME_DIRECTORY: "/run/a:/run/b", XDG_RUNTIME_DIR: "" });
  assert.deepEqual(folders.slice(1), ["/run/a", "/dev/shm", "/run"]);
});
