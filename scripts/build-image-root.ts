// `npm run image`: dist/image, everything that the container's file system holds. Needs the binary.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, realpathSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const root = "dist/image";
rmSync(root, { recursive: true, force: true });
for (const folder of ["etc/octoproxy", "tmp"]) mkdirSync(join(root, folder), { recursive: true });
chmodSync(join(root, "tmp"), 0o1777);
copyFileSync("dist/octoproxy", join(root, "octoproxy"));
chmodSync(join(root, "octoproxy"), 0o755);
const documents = join(root, "usr/share/doc");
mkdirSync(join(documents, "octoproxy"), { recursive: true });
for (const file of ["LICENSE", "dist/THIRD-PARTY-NOTICES"])
  copyFileSync(file, join(documents, "octoproxy", basename(file)));
// What the loader says that it loads: `libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)`, and the loader itself.
const loaded = execFileSync("ldd", ["dist/octoproxy"], { encoding: "utf8" });
const libraries = [...loaded.matchAll(/(\/\S+) \(0x/g)].map(([, path = ""]) => path);
for (const library of libraries) {
  mkdirSync(join(root, dirname(library)), { recursive: true });
  copyFileSync(library, join(root, library));
  copyCopyright(library);
}

/** Under which licence a library of the system stands, where its package says so. */
function copyCopyright(library: string): void {
  const { stdout } = spawnSync("dpkg", ["-S", library, realpathSync(library)], { encoding: "utf8" });
  const name = /^([^:,\s]+)/.exec(stdout ?? "")?.[1];
  const file = `/usr/share/doc/${name}/copyright`;
  if (name === undefined || !existsSync(file)) return;
  mkdirSync(join(documents, name), { recursive: true });
  copyFileSync(file, join(documents, name, "copyright"));
}

process.stdout.write(`${root}: octoproxy and ${libraries.length} libraries\n`);
