import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { foldersOf } from "./watched-folders.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "folders-")));
after(() => rmSync(root, { recursive: true, force: true }));
const at = (...parts: string[]): string => join(root, ...parts);

mkdirSync(at("plain"));
writeFileSync(at("plain", "a.crt"), "");
mkdirSync(at("archive", "me"), { recursive: true });
mkdirSync(at("live", "me"), { recursive: true });
writeFileSync(at("archive", "me", "cert1.pem"), "");
symlinkSync("../../archive/me/cert1.pem", at("live", "me", "cert.pem"));
mkdirSync(at("pod", "..2026_1"), { recursive: true });
writeFileSync(at("pod", "..2026_1", "tls.crt"), "");
symlinkSync("..2026_1", at("pod", "..data"));
symlinkSync("..data/tls.crt", at("pod", "tls.crt"));
symlinkSync(at("round"), at("turn"));
symlinkSync(at("turn"), at("round"));

for (const [name, file, folders] of [
  ["a file", "plain/a.crt", ["plain"]],
  ["certbot", "live/me/cert.pem", ["live/me", "archive/me"]],
  ["Kubernetes", "pod/tls.crt", ["pod", "pod/..2026_1"]],
  ["a file that is not there yet", "plain/later.crt", ["plain"]],
  ["a folder that is not there yet", "none/a.crt", []],
] as const) {
  test(`${name}: every folder in which a change can make another file of it`, async () => {
    assert.deepEqual([...(await foldersOf(at(file)))].sort(), folders.map((folder) => at(folder)).sort());
  });
}

test("links that go round end", async () => {
  assert.deepEqual([...(await foldersOf(at("round")))], [root]);
});
