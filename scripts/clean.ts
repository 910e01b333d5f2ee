// `tsc -b` never removes what a deleted source once made, and a stale test would still run: start without outputs.
import { globSync, rmSync } from "node:fs";

for (const folder of globSync(["packages/*/dist", "e2e/dist", "bench/dist"]))
  rmSync(folder, { recursive: true });
