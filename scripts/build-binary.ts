// `npm run binary`: dist/octoproxy, one executable for this platform with everything inside, and its SHA-256.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { heapFlags } from "../packages/octoproxy/dist/heap-flags.js";
import { availableAddon } from "./available-addon.ts";
import { bundleOneFile } from "./bundle.ts";
import { nodeNotice, thirdPartyNotices } from "./notices.ts";

const work = "dist/binary";
const output = "dist/octoproxy";
const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
const megabytes = (path: string): string => `${(statSync(path).size / 1e6).toFixed(1)} MB`.padStart(9);
const say = (what: string, path: string): void => {
  process.stdout.write(`${what.padEnd(44)} ${megabytes(path)}\n`);
};

rmSync(work, { recursive: true, force: true });
rmSync(output, { force: true });
mkdirSync(work, { recursive: true });

const metafile = await bundleOneFile("packages/octoproxy/dist/single-executable.js", `${work}/octoproxy.mjs`);
writeFileSync("dist/THIRD-PARTY-NOTICES", thirdPartyNotices(metafile, [nodeNotice()]));
say("code of octoproxy and its packages, minified", `${work}/octoproxy.mjs`);

// Stripping comes first: what --build-sea appends does not survive it.
say("Node itself", process.execPath);
copyFileSync(process.execPath, `${work}/node`);
try {
  execFileSync("strip", ["--strip-all", `${work}/node`], { stdio: "ignore" });
  say("Node without its symbols", `${work}/node`);
} catch {
  copyFileSync(process.execPath, `${work}/node`);
  process.stdout.write("strip is not installed: Node keeps its symbols, 30 MB\n");
}

const addon = await availableAddon();
const assets: Record<string, string> = {};
if (addon === undefined) process.stdout.write("no addon of QUIC for this platform: HTTP/2 alone\n");
else {
  say("addon of QUIC", addon);
  writeFileSync(`${work}/addon.sha256`, digest(addon));
  assets["octo-quic.node"] = addon;
  assets["octo-quic.node.sha256"] = `${work}/addon.sha256`;
}
const configuration = {
  main: `${work}/octoproxy.mjs`,
  mainFormat: "module",
  executable: `${work}/node`,
  output,
  disableExperimentalSEAWarning: true,
  useCodeCache: true,
  // What the daemons want of V8 (see heap-flags.ts), and nothing from the environment.
  execArgv: heapFlags,
  execArgvExtension: "none",
  assets,
};
writeFileSync(`${work}/sea.json`, JSON.stringify(configuration, undefined, 2));
// With the same flags of V8, or it rejects the code cache at start.
execFileSync(process.execPath, [...heapFlags, "--build-sea", `${work}/sea.json`], {
  stdio: ["ignore", "ignore", "inherit"],
});
chmodSync(output, 0o755);
rmSync(`${work}/node`);
writeFileSync(`${output}.sha256`, `${digest(output)}  octoproxy\n`);
say(output, output);
