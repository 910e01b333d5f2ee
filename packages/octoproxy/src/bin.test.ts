import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { heapFlags } from "./heap-flags.ts";

const bin = fileURLToPath(new URL("../bin/octoproxy.js", import.meta.url));

test("the command's first lines give a shell the flags of the daemons", () => {
  const [shell, begin] = readFileSync(bin, "utf8").split("\n");
  assert.equal(shell, "#!/bin/sh");
  assert.equal(begin, `// 2>/dev/null; exec node ${heapFlags.join(" ")} "$0" "$@"`);
  const { status, stdout, stderr } = spawnSync(bin, ["--version"], {
    encoding: "utf8",
    env: { ...process.env, PATH: `${join(process.execPath, "..")}:${process.env.PATH}` },
  });
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
});

test("the bundle is loaded where nothing was built after it", () => {
  const root = mkdtempSync(join(tmpdir(), "octoproxy-bin-"));
  after(() => rmSync(root, { recursive: true }));
  const dist = join(root, "packages/octoproxy/dist");
  const library = join(root, "packages/lib/dist/.tsbuildinfo");
  for (const folder of ["octoproxy/bin", "octoproxy/dist/bundle", "lib/dist"])
    mkdirSync(join(root, "packages", folder), { recursive: true });
  const command = join(root, "packages/octoproxy/bin/octoproxy.js");
  copyFileSync(bin, command);
  copyFileSync(new URL("heap-flags.js", import.meta.url), join(dist, "heap-flags.js"));
  writeFileSync(join(root, "package.json"), '{"type":"module"}');
  const main = (word: string): string => `export const main = () => console.log("${word}");\n`;
  writeFileSync(join(dist, "main.js"), main("modules"));
  writeFileSync(join(dist, "bundle/main.js"), main("bundle"));
  writeFileSync(library, "");
  const loads = (env: Record<string, string> = {}): string =>
    spawnSync(process.execPath, [command], {
      encoding: "utf8",
      env: { ...process.env, ...env },
    }).stdout.trim();

  const now = Date.now() / 1000;
  utimesSync(library, now, now - 60);
  assert.equal(loads(), "bundle");
  assert.equal(loads({ OCTOPROXY_NO_BUNDLE: "1" }), "modules");
  utimesSync(library, now, now + 60);
  assert.equal(loads(), "modules");
  rmSync(join(dist, "bundle"), { recursive: true });
  assert.equal(loads(), "modules");
});
