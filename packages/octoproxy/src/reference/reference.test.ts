import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { commandEntries } from "../commands.ts";
import { type CommandModel, commandModels } from "./command-model.ts";
import { commandsDoc } from "./commands-doc.ts";
import { manPages } from "./man-page.ts";

const page = readFileSync(new URL("../../../../doc/commands.md", import.meta.url), "utf8");

test("doc/commands.md says what the commands say (npm run doc:commands writes it)", async () => {
  assert.equal(page, await commandsDoc(page));
});

describe("manual pages", () => {
  let models: readonly CommandModel[];
  before(async () => {
    models = await commandModels(commandEntries);
  });

  test("there is one for the whole and one for each command, with every option", () => {
    const pages = manPages(models, "1.2.3", "2026-01-01");
    const client = pages.find(({ file }) => file === "octoproxy-client.1");
    assert.match(client?.text ?? "", /^\.B \\-c, \\-\\-config <file>$/m);
    assert.ok(pages.some(({ file }) => file === "octoproxy-easycert-gen.1"));
    assert.equal(pages[0]?.file, "octoproxy.1");
    for (const { name } of commandEntries) assert.ok(pages[0]?.text.includes(`octoproxy\\-${name}`), name);
  });

  const noMan = spawnSync("man", ["--version"]).status !== 0;
  test("man has nothing against them", {
    skip: noMan && process.env.OCTOPROXY_NO_SKIP === undefined && "man is not installed",
  }, () => {
    for (const { file, text } of manPages(models, "1.2.3", "2026-01-01")) {
      const { status, stdout, stderr } = spawnSync(
        "man",
        ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", "-"],
        {
          input: text,
          encoding: "utf8",
        },
      );
      assert.deepEqual([file, status, stderr], [file, 0, ""]);
      assert.ok(stdout.length > 0);
    }
  });
});
