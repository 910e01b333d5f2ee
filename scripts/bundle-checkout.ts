// The last step of `npm run build`: packages/octoproxy/dist/bundle, which bin/octoproxy.js loads instead of some 800 modules.
import { existsSync, globSync, renameSync, rmSync, statSync } from "node:fs";
import { bundleCheckout } from "./bundle.ts";

const output = "packages/octoproxy/dist/bundle";
const timeOf = (path: string): number => statSync(path).mtimeMs;

const inputs = [...globSync("packages/*/dist/.tsbuildinfo"), "pnpm-lock.yaml", "scripts/bundle.ts"];
const made = existsSync(`${output}/main.js`) ? timeOf(`${output}/main.js`) : 0;
if (!inputs.every((path) => timeOf(path) <= made)) {
  // Daemons may be starting from the old one.
  const fresh = `${output}.new`;
  rmSync(fresh, { recursive: true, force: true });
  await bundleCheckout("packages/octoproxy/dist/main.js", fresh);
  rmSync(output, { recursive: true, force: true });
  renameSync(fresh, output);
}
