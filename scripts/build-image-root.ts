// `npm run image`: dist/image, everything that the container's file system holds. Needs the binary.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

const root = "dist/image";
rmSync(root, { recursive: true, force: true });
for (const folder of ["etc/octoproxy", "tmp"]) mkdirSync(join(root, folder), { recursive: true });
chmodSync(join(root, "tmp"), 0o1777);
copyFileSync("dist/octoproxy", join(root, "octoproxy"));
chmodSync(join(root, "octoproxy"), 0o755);
// What the loader says that it loads: `libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)`, and the loader itself.
const loaded = execFileSync("ldd", ["dist/octoproxy"], { encoding: "utf8" });
const libraries = [...loaded.matchAll(/(\/\S+) \(0x/g)].map(([, path = ""]) => path);
for (const library of libraries) {
  mkdirSync(join(root, dirname(library)), { recursive: true });
  copyFileSync(library, join(root, library));
}
process.stdout.write(`${root}: octoproxy and ${libraries.length} libraries\n`);
