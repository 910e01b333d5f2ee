// Runs on whatever Node the machine has (20 or newer), before anything is installed: hence JavaScript.
import { spawnSync } from "node:child_process";

const started = performance.now();
const install = spawnSync("npx", ["--yes", "pnpm@12", "install", "--frozen-lockfile", "--reporter=silent"], {
  stdio: ["ignore", "pipe", "pipe"],
  encoding: "utf8",
});
if (install.status !== 0) {
  process.stderr.write(`${install.stdout ?? ""}${install.stderr ?? ""}`);
  process.stderr.write(
    "octoproxy could not install its packages: see the lines above; it needs npm and the npm registry.\n",
  );
  process.exit(1);
}
const node = spawnSync("node_modules/.bin/node", ["--version"], { encoding: "utf8" });
if (node.status !== 0 || Number(node.stdout.slice(1).split(".")[0]) < 26) {
  process.stderr.write(
    `octoproxy needs Node 26 in node_modules/.bin, and found ${node.stdout?.trim() || "none"}: remove node_modules and run the command again.\n`,
  );
  process.exit(1);
}
process.stdout.write(
  `installed in ${((performance.now() - started) / 1000).toFixed(1)} s, Node ${node.stdout.slice(1)}`,
);
