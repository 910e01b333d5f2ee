#!/usr/bin/env node
// Plain JavaScript that an old Node can read, so that it can say which one is needed.
const needed = 26;
if (Number(process.versions.node.split(".")[0]) < needed) {
  process.stderr.write(
    `octoproxy needs Node.js ${needed} or newer and was started with ${process.version}: start it with a newer one.\n`,
  );
  process.exitCode = 1;
} else {
  keepCompiledCode();
  import("../dist/main.js").then(
    ({ main }) => main(process.argv.slice(2)),
    (error) => {
      const built = error.code !== "ERR_MODULE_NOT_FOUND";
      process.stderr.write(`octoproxy: ${built ? error.message : "it is not built yet: npm run build"}\n`);
      process.exitCode = 1;
    },
  );
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
