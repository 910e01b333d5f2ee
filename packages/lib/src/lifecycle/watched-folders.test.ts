import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { placesOf, WatchedFolders } from "./watched-folders.ts";

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

for (const [name, file, places] of [
  ["a file", "plain/a.crt", ["plain/a.crt"]],
  ["certbot", "live/me/cert.pem", ["live/me/cert.pem", "archive/me/cert1.pem"]],
  ["Kubernetes", "pod/tls.crt", ["pod/tls.crt", "pod/..data", "pod/..2026_1/tls.crt"]],
  ["a file that is not there yet", "plain/later.crt", ["plain/later.crt"]],
  ["a folder that is not there yet", "none/a.crt", []],
] as const) {
  test(`${name}: every entry whose change can make another file of it`, async () => {
    const found = (await placesOf(at(file))).map(({ folder, entry }) => join(folder, entry));
    assert.deepEqual(found.sort(), places.map((place) => at(place)).sort());
  });
}

test("links that go round end", async () => {
  const found = await placesOf(at("round"));
  assert.deepEqual(new Set(found.map(({ folder }) => folder)), new Set([root]));
});

test("a change of another entry stirs nobody", { timeout: 20_000 }, async () => {
  let stirs = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  using folders = new WatchedFolders(() => {
    stirs++;
    resolve();
  });
  await folders.follow([at("plain", "a.crt")]);
  const alive = setInterval(() => undefined, 1000);
  for (let line = 0; line < 20; line++) writeFileSync(at("plain", "client.log"), "a line\n", { flag: "a" });
  writeFileSync(at("plain", "last.crt"), "");
  renameSync(at("plain", "last.crt"), at("plain", "a.crt"));
  await promise;
  clearInterval(alive);
  assert.equal(stirs, 1);
});
