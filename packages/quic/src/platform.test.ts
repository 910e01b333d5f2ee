import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { addonPaths } from "./platform.ts";

const moduleUrl = (name: string): string => new URL(`./${name}.js`, import.meta.url).href;

/** Runs a module's text in a fresh process. */
const run = (
  text: string,
  env: Record<string, string> = {},
): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, ["--input-type=module", "--eval", text], {
    encoding: "utf8",
    timeout: 20_000,
    env: { ...process.env, ...env },
  });

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

  const folder = mkdtempSync(join(tmpdir(), "octo-quic-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const here = addonPaths().find(existsSync);

  test("as bytes, it is loaded from a private file that does not stay", {
    skip: here === undefined && "no addon here",
  }, () => {
    const { stdout, stderr, status } = run(
      `
      import { createHash } from "node:crypto";
      import { readFileSync, readdirSync } from "node:fs";
      const { useAddonBytes } = await import(${JSON.stringify(moduleUrl("platform"))});
      const { QuicEndpoint } = await import(${JSON.stringify(moduleUrl("endpoint"))});
      const bytes = readFileSync(new URL(${JSON.stringify(pathToFileURL(here ?? "").href)}));
      useAddonBytes({ read: () => bytes, sha256: createHash("sha256").update(bytes).digest("hex") });
      const endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
      const left = readdirSync(process.env.TMPDIR);
      console.log(endpoint.address.split(":")[0], left.length);
      await endpoint.close();
    `,
      { TMPDIR: folder },
    );
    assert.deepEqual([stdout, status], ["127.0.0.1 0\n", 0], stderr);
  });
});
