import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigFolder } from "./config-fixture.ts";
import { readConfigText, sentenceOf } from "./config-text.ts";

test("a byte order mark is not part of the text", async () => {
  using folder = new ConfigFolder();
  const file = folder.write("a.toml", "\ufeffa = 1\r\n");
  assert.equal(await readConfigText(file, 100), "a = 1\r\n");
});

test("a file of the greatest size is read, one byte more is refused", async () => {
  using folder = new ConfigFolder();
  const size = 200_000;
  assert.equal((await readConfigText(folder.write("a", "x".repeat(size)), size)).length, size);
  await assert.rejects(readConfigText(folder.write("b", "x".repeat(size + 1)), size), {
    message: "is larger than 200000 bytes",
  });
});

test("a device without an end is not read for ever", async () => {
  await assert.rejects(readConfigText("/dev/zero", 1024 * 1024), { message: "is larger than 1 MiB" });
});

test("what is not UTF-8 is told with its line", async () => {
  using folder = new ConfigFolder();
  const file = folder.write("a", Buffer.from([0x61, 0x0a, 0xc3, 0xa4, 0x0a, 0xe4, 0x0a]));
  await assert.rejects(readConfigText(file, 100), { message: "is not UTF-8 text", line: 3 });
});

test("files that cannot be read say why", async () => {
  using folder = new ConfigFolder();
  await assert.rejects(readConfigText(join(folder.path, "none"), 9), { message: "there is no such file" });
  await assert.rejects(readConfigText(folder.path, 9), { message: "is a folder, not a file" });
  await assert.rejects(readConfigText(join(folder.path, "a\0b"), 9), { message: "is no file name" });
  assert.match(sentenceOf(Object.assign(new Error("x"), { code: "EACCES" })), /permission denied/);
  assert.equal(sentenceOf(new Error("odd")), "cannot be read (odd)");
});
