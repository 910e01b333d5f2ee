import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { addonPaths } from "./platform.ts";

const moduleUrl = (name: string): string => new URL(`./${name}.js`, import.meta.url).href;

/** Runs a module's text in a fresh process. */
const run = (text: string): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, ["--input-type=module", "--eval", text], { encoding: "utf8", timeout: 20_000 });

describe("the addon", () => {
  test("where there is none, importing works and using it says what to do, every time", () => {
    const { stdout, stderr } = run(`
      Object.defineProperty(process, "arch", { value: "mips" });
      const { QuicEndpoint } = await import(${JSON.stringify(moduleUrl("endpoint"))});
      for (let time = 0; time < 2; time++) {
        try { new QuicEndpoint({}); } catch (error) { console.log(error.code, error.message); }
      }
    `);
    const lines = stdout.trim().split("\n");
    assert.equal(lines.length, 2, stderr);
    assert.equal(lines[0], lines[1]);
    assert.match(
      lines[0] ?? "",
      /^UNAVAILABLE QUIC cannot be used: there is no addon for \S*mips\S*\. Build it with "pnpm .* build:native"/,
    );
  });

  const here = addonPaths().find(existsSync);

  test("as bytes, it is loaded from a private file that does not stay", {
    skip: here === undefined && "no addon here",
  }, () => {
    const { stdout, stderr, status } = run(`
      import { readFileSync, readdirSync } from "node:fs";
      import { tmpdir } from "node:os";
      const { useAddonBytes } = await import(${JSON.stringify(moduleUrl("platform"))});
      const { QuicEndpoint } = await import(${JSON.stringify(moduleUrl("endpoint"))});
      useAddonBytes(readFileSync(new URL(${JSON.stringify(pathToFileURL(here ?? "").href)})));
      const left = readdirSync(tmpdir()).filter((name) => /^octo-quic-(?!ca-)/.test(name));
      const endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
      console.log(endpoint.address.split(":")[0], left.length);
      await endpoint.close();
    `);
    assert.deepEqual([stdout, status], ["127.0.0.1 0\n", 0], stderr);
  });
});
