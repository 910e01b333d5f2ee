import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { expectDone, Folder, octoproxy } from "./harness/pair.ts";

/** Files of a set that a daemon reads, with the checks of the doctor that fail where one is gone, and where it is damaged. */
const sides = {
  server: [
    ["server.toml", "files", "configuration"],
    ["server/server.crt", "files", "certificates"],
    ["server/server.key", "files", "key"],
    ["server/ca.crt", "files", "certificates"],
  ],
  client: [
    ["client.toml", "files", "configuration"],
    ["client/client.crt", "files", "certificates"],
    ["client/client.key", "files", "key"],
    ["client/ca.crt", "files", "certificates"],
    ["host_rule.toml", "files", "configuration"],
  ],
} as const;

/** With the authority's key certificates are made; no daemon reads it, nor the copy of its certificate beside it. */
const readByNone = ["ca/ca.crt", "ca/ca.key"];

/** As a copy that was cut off leaves it; what is left of a TOML file could be good. */
const damaged = (file: string, content: string): string =>
  file.endsWith(".toml") ? `${content}\nthis is = = no TOML\n` : content.slice(0, content.length / 2);

/** Commands at once: they are short, and few at once is quicker than one. */
const lanes = 4;

test("each file that init made, gone or damaged: one sentence and status 2, and the doctor fails the right check", async () => {
  await using folder = await Folder.make();
  await expectDone(["init", folder.file("whole"), "--metric-address", "off"]);
  const made = globSync("**/*", { cwd: folder.file("whole"), withFileTypes: true });
  const files = made
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(folder.file("whole").length + 1));
  const known = [...Object.values(sides).flatMap((rows) => rows.map(([file]) => file)), ...readByNone];
  assert.deepEqual(files.toSorted(), known.toSorted());

  const cases = Object.entries(sides).flatMap(([side, rows]) =>
    rows.flatMap(([file, gone, broken]) => [
      { side, file, how: "gone", check: gone },
      { side, file, how: "damaged", check: broken },
    ]),
  );
  const play = async ({ side, file, how, check }: (typeof cases)[number]): Promise<void> => {
    const set = folder.file(`${how}-${file.replace("/", "-")}`);
    await cp(folder.file("whole"), set, { recursive: true });
    const path = `${set}/${file}`;
    if (how === "gone") await rm(path);
    else await writeFile(path, damaged(file, await readFile(path, "utf8")));
    const what = `${file} ${how}`;
    for (const command of [side, "check"]) {
      const { status, stdout, stderr } = await octoproxy([command, "-c", `${side}.toml`], set);
      assert.equal(status, 2, `${command}, ${what}: ${stdout}${stderr}`);
      assert.match(stderr, /^[^\n]+\n(?:1 fault in [^\n]+\n)?$/, `${command}, ${what}`);
      assert.doesNotMatch(stderr, /\bat .*\.js:|"listening"|own fault/);
      assert.ok(stderr.includes(file.split("/").at(-1)!), `${command}, ${what}: ${stderr}`);
    }
    const { status, stdout } = await octoproxy(["doctor", "-c", `${side}.toml`, "--json"], set);
    assert.equal(status, 1, `doctor, ${what}: ${stdout}`);
    const found = JSON.parse(stdout.toString()) as { state: string; check: string; advice?: string }[];
    const failed = found.filter(({ state }) => state === "FAIL");
    assert.deepEqual(
      failed.map((finding) => finding.check),
      [check],
      what,
    );
    assert.ok(failed[0]?.advice, what);
  };
  const waiting = cases.values();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const one of waiting) await play(one);
    }),
  );
});
