#!/bin/sh
// 2>/dev/null; exec node --max-semi-space-size=2 "$0" "$@"
// For a shell, the line above starts Node with the flags of ../src/heap-flags.ts, as `env -S` would, which is not
// everywhere. Plain JavaScript that an old Node can read, so that it can say which one is needed.
const needed = 26;
if (Number(process.versions.node.split(".")[0]) < needed) {
  process.stderr.write(
    `octoproxy needs Node.js ${needed} or newer and was started with ${process.version}: start it with a newer one.\n`,
  );
  process.exitCode = 1;
} else {
  start(process.argv.slice(2)).catch((error) => {
    const built = error.code !== "ERR_MODULE_NOT_FOUND";
    process.stderr.write(`octoproxy: ${built ? error.message : "it is not built yet: npm run build"}\n`);
    process.exitCode = 1;
  });
}

async function start(args) {
  const { beginWithHeapFlags } = await import("../dist/heap-flags.js");
  beginWithHeapFlags(args);
  keepCompiledCode();
  const { main } = await import(hasFreshBundle() ? "../dist/bundle/main.js" : "../dist/main.js");
  await main(args);
}

// In a checkout `npm run build` also makes a bundle, which loads in half the time; one that is older than what the
// compiler wrote last is not what was built.
function hasFreshBundle() {
  if (process.env.OCTOPROXY_NO_BUNDLE) return false;
  const { statSync } = process.getBuiltinModule("node:fs");
  const timeOf = (path) => statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs;
  const bundled = timeOf("../dist/bundle/main.js");
  const packages = ["quic", "lib", "client", "server", "easycert", "tui", "octoproxy"];
  const outputs = [...packages.map((name) => `../../${name}/dist/.tsbuildinfo`), "../../../pnpm-lock.yaml"];
  return bundled !== undefined && outputs.every((path) => (timeOf(path) ?? 0) <= bundled);
}

// Loading is half of the time to start. The cache is the user's own: in a folder for everybody others could put code there.
function keepCompiledCode() {
  const home = process.env.XDG_CACHE_HOME || (process.env.HOME && `${process.env.HOME}/.cache`);
  if (!home || process.env.NODE_COMPILE_CACHE || process.env.NODE_DISABLE_COMPILE_CACHE) return;
  try {
    process.getBuiltinModule("node:module").enableCompileCache(`${home}/octoproxy`);
  } catch {
    // It starts without.
  }
}
