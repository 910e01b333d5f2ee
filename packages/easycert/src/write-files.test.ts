import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { EasycertError } from "./easycert-error.ts";
import { checkFileName, makeDirectory, publicMode, secretMode, writeNewFiles } from "./write-files.ts";

const root = mkdtempSync(join(tmpdir(), "easycert-"));
after(() => rmSync(root, { recursive: true, force: true }));
const fresh = (): string => mkdtempSync(join(root, "t-"));
const key = (path: string, content = "secret") => ({ path, content, mode: secretMode });

test("a key has mode 0600 and a certificate 0644, whatever the umask", () => {
  const directory = fresh();
  for (const mask of [0o000, 0o022, 0o077]) {
    const before = process.umask(mask);
    try {
      const path = join(directory, `k${mask}`);
      writeNewFiles([key(path), { path: `${path}.crt`, content: "", mode: publicMode }], false);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.equal(statSync(`${path}.crt`).mode & 0o777, 0o644);
    } finally {
      process.umask(before);
    }
  }
});

test("what exists is not overwritten, and then nothing at all is written", () => {
  const directory = fresh();
  const taken = join(directory, "taken");
  writeFileSync(taken, "old");
  assert.throws(
    () => writeNewFiles([key(join(directory, "new")), key(taken)], false),
    /taken exists already/,
  );
  assert.deepEqual(readdirSync(directory), ["taken"]);
  assert.equal(readFileSync(taken, "utf8"), "old");
  writeNewFiles([key(taken)], true);
  assert.equal(readFileSync(taken, "utf8"), "secret");
  assert.equal(statSync(taken).mode & 0o777, 0o600);
});

test("a symbolic link at the target is not followed, dangling or not, with and without force", () => {
  const directory = fresh();
  const victim = join(directory, "victim");
  writeFileSync(victim, "precious");
  const link = join(directory, "link");
  for (const to of [victim, join(directory, "nowhere")]) {
    symlinkSync(to, link);
    assert.throws(() => writeNewFiles([key(link)], false), /link exists already/);
    writeNewFiles([key(link)], true);
    assert.ok(lstatSync(link).isFile());
    rmSync(link);
  }
  assert.equal(readFileSync(victim, "utf8"), "precious");
  assert.ok(!existsSync(join(directory, "nowhere")));
});

test("a directory behind a symbolic link is not written into", () => {
  const directory = fresh();
  const elsewhere = fresh();
  symlinkSync(elsewhere, join(directory, "server"));
  assert.throws(() => makeDirectory(directory, "server"), /server exists and is not a directory/);
  writeFileSync(join(directory, "file"), "");
  assert.throws(() => makeDirectory(directory, "file"), /is not a directory/);
  assert.throws(() => makeDirectory(join(directory, "file"), "x"), EasycertError);
  assert.equal(makeDirectory(join(directory, "a", "b"), "c"), join(directory, "a", "b", "c"));
  assert.throws(() => makeDirectory("/proc/self/nothing/here", "."), EasycertError);
});

test("a directory at the target is refused even with force", () => {
  const directory = fresh();
  mkdirSync(join(directory, "d"));
  assert.throws(() => writeNewFiles([key(join(directory, "d"))], true), /d is a directory/);
});

test("a name is one component of a path", () => {
  for (const name of ["", ".", "..", "../x", "a/b", "/etc", "a\\b", "a\0b", "a\nb", "x".repeat(201)]) {
    assert.throws(
      () => checkFileName(name),
      (error) => error instanceof EasycertError && error.status === 2,
      name,
    );
  }
  assert.equal(checkFileName("tokyo.example"), "tokyo.example");
});

test("a kill in the middle leaves whole files only", async () => {
  const directory = fresh();
  const whole = "x".repeat(4 * 1024 * 1024);
  const module = new URL("./write-files.js", import.meta.url).href;
  const script = `import { writeNewFiles } from ${JSON.stringify(module)};
    const content = "x".repeat(${whole.length});
    process.stdout.write("ready");
    for (let n = 0; ; n += 1) writeNewFiles([{ path: ${JSON.stringify(directory)} + "/key", content, mode: 0o600 }], true);`;
  for (const delay of [0, 1, 5]) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const deadline = Date.now() + delay;
    while (Date.now() < deadline || !existsSync(join(directory, "key"))) await new Promise(setImmediate);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(statSync(join(directory, "key")).size, whole.length);
    rmSync(join(directory, "key"));
  }
});
