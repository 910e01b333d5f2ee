import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileHash, packageFolder, prebuildFolder, readNote, sourceHash } from "./testing/native-source.ts";

for (const platform of readdirSync(join(packageFolder, "prebuilds"))) {
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
