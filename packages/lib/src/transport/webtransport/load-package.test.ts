import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const url = new URL("./load-package.js", import.meta.url).href;

/** Runs lines that have the module's exports in `own`, in a process of its own. */
const run = (lines: string, ...before: string[]) => {
  const script = `const own = await import(${JSON.stringify(url)});\n${lines}`;
  const args = [...before, "--input-type=module", "-e", script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { stdout, stderr };
};

test("loading the package says nothing, with its engine for HTTP/3 or without", () => {
  const { stdout, stderr } = run("console.log(typeof (await own.loadPackage()).http3);");
  assert.deepEqual([stdout, stderr], ["boolean\n", ""]);
});

test("without the package one sentence says what to install", () => {
  const hook = `import { registerHooks } from "node:module"; registerHooks({ resolve(specifier, context, next) { if (specifier.startsWith("@fails-components/")) throw Object.assign(new Error("no"), { code: "ERR_MODULE_NOT_FOUND" }); return next(specifier, context); } });`;
  const { stdout, stderr } = run(
    "console.log(own.whyNoWebTransport()); await own.loadPackage().catch((error) => console.log(error.code));",
    `--import=data:text/javascript,${encodeURIComponent(hook)}`,
  );
  assert.match(
    stdout,
    /^the package .* is not installed.*npm install \S+@1\.6\.8.*\.\nBACKEND_UNREACHABLE\n$/,
  );
  assert.equal(stderr, "");
});
