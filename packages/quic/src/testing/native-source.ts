// What an addon is built from, as one number: a prebuilt belongs to the sources with this hash.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const packageFolder = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const nativeFolder = join(packageFolder, "native");

/** Not part of the addon: outputs, and tests. */
const left = new Set(["target", "built", "tests", ".gitignore"]);

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !left.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(path) : [path];
    });

/** SHA-256, hexadecimal, over names and contents of everything in `native/` that the addon is built from. */
export const sourceHash = (): string => {
  const hash = createHash("sha256");
  const names = filesIn(nativeFolder).map((path) => relative(nativeFolder, path).replaceAll("\\", "/"));
  for (const name of names.sort()) {
    const content = readFileSync(join(nativeFolder, name));
    hash.update(`${name}\n${content.length}\n`).update(content);
  }
  return hash.digest("hex");
};

export interface PrebuildNote {
  readonly platform: string;
  readonly target: string;
  /** Of `native/` when it was built. */
  readonly sourceHash: string;
  /** SHA-256 of `octo-quic.node`. */
  readonly addonHash: string;
  readonly rustc: string;
  readonly zig: string;
  readonly cargoZigbuild: string;
  /** Makes the same bytes again with this toolchain. */
  readonly command: string;
  /** Whether the tests ran with it; where not, it was only built. */
  readonly run: boolean;
}

export const prebuildFolder = (platform: string): string => join(packageFolder, "prebuilds", platform);

export const readNote = (platform: string): PrebuildNote =>
  JSON.parse(readFileSync(join(prebuildFolder(platform), "prebuild.json"), "utf8")) as PrebuildNote;

export const fileHash = (path: string): string =>
  createHash("sha256").update(readFileSync(path)).digest("hex");
