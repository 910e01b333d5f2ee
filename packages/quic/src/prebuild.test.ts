import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  fileHash,
  nativeFolder,
  packageFolder,
  prebuildFolder,
  readNote,
  sourceHash,
} from "./testing/native-source.ts";

const folder = join(packageFolder, "prebuilds");
const platforms = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test("the licences beside the addons are those of the crates in them", () => {
  const text = readFileSync(join(folder, "THIRD-PARTY-LICENSES.txt"), "utf8");
  const lock = readFileSync(join(nativeFolder, "Cargo.lock"), "utf8");
  const listed = [...text.matchAll(/^([\w-]+) (\d\S*): (.*)$/gm)];
  assert.ok(listed.length > 30);
  for (const [line, name, version, licence] of listed) {
    assert.ok(
      lock.includes(`name = "${name}"\nversion = "${version}"`),
      `${line}: run scripts/write-licenses.ts`,
    );
    assert.match(licence ?? "", /MIT|Apache-2\.0|ISC|BSD-3-Clause|Zlib/);
  }
});

for (const platform of platforms) {
  const addon = join(prebuildFolder(platform), "octo-quic.node");

  test(`the prebuilt addon for ${platform} belongs to the sources`, () => {
    const note = readNote(platform);
    assert.equal(note.platform, platform);
    assert.equal(
      note.sourceHash,
      sourceHash(),
      `native/ has changed: run "${note.command}" and commit the result`,
    );
    assert.equal(note.addonHash, fileHash(addon), "the addon is not the one that prebuild.json speaks of");
  });

  test(`the prebuilt addon for ${platform} names no path of the machine that built it`, () => {
    const text = readFileSync(addon).toString("latin1");
    for (const path of ["/root/", "/home/", "/Users/", process.cwd()]) {
      assert.equal(text.includes(path), false, `${path} is inside`);
    }
  });
}
