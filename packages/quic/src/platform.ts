import { closeSync, openSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type AddonBytes, loadAddonBytes } from "./addon-bytes.ts";
import type { NativeBinding } from "./native-binding.ts";
import { QuicError } from "./quic-error.ts";

const packageFolder = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The name of this platform's folder in `prebuilds/`: `linux-x64-gnu`, `darwin-arm64`, … */
export const platformName = (): string => {
  const base = `${process.platform}-${process.arch}`;
  return process.platform === "linux" ? `${base}-${usesGlibc() ? "gnu" : "musl"}` : base;
};

/** By the loader that Node's own executable names; where it cannot be seen there, by Node's report, which takes 4 ms. */
const usesGlibc = (): boolean => {
  const loader = loaderOf(process.execPath);
  if (loader !== undefined) return loader === "linux";
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
};

/** `linux` or `musl`, from the name of the loader in the head of an executable: `/lib64/ld-linux-x86-64.so.2`. */
const loaderOf = (executable: string): string | undefined => {
  try {
    const file = openSync(executable, "r");
    try {
      const head = Buffer.alloc(4096);
      readSync(file, head);
      return /\/ld-(linux|musl)[-.\w]*\0/.exec(head.toString("latin1"))?.[1];
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
};

/** Where the addon may lie: built here from source first, then what came with the package. */
export const addonPaths = (): readonly string[] => {
  const platform = platformName();
  return [join("native", "built"), "prebuilds"].map((folder) =>
    join(packageFolder, folder, platform, "octo-quic.node"),
  );
};

let loaded: NativeBinding | undefined;
let failure: QuicError | undefined;
let carried: AddonBytes | undefined;

/**
 * The addon, loaded at the first call.
 * @throws QuicError `UNAVAILABLE` with what to do, the same at every call.
 */
export const loadBinding = (): NativeBinding => {
  if (loaded !== undefined) return loaded;
  if (failure !== undefined) throw failure;
  if (carried !== undefined) return loadCarried(carried);
  const require = createRequire(import.meta.url);
  const causes: unknown[] = [];
  for (const path of addonPaths()) {
    try {
      loaded = require(path) as NativeBinding;
      return loaded;
    } catch (cause) {
      causes.push(cause);
    }
  }
  failure = unavailable(causes);
  throw failure;
};

/**
 * Uses an addon that a single executable carries inside; it is unpacked when QUIC is first used, not now. To be called
 * before anything of this package is used.
 */
export const useAddonBytes = (addon: AddonBytes): void => {
  carried = addon;
};

const loadCarried = (addon: AddonBytes): NativeBinding => {
  try {
    loaded = loadAddonBytes(addon);
    return loaded;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const advice = "Point TMPDIR at a private folder that allows execution, or use HTTP/2.";
    failure = new QuicError("UNAVAILABLE", `QUIC cannot be used: ${reason}. ${advice}`, { cause });
    throw failure;
  }
};

const unavailable = (causes: readonly unknown[]): QuicError => {
  const broken = causes.find(
    (cause) => !(cause instanceof Error && "code" in cause && cause.code === "MODULE_NOT_FOUND"),
  );
  const reason =
    broken instanceof Error
      ? `its addon for ${platformName()} does not load (${broken.message.split("\n")[0]})`
      : `there is no addon for ${platformName()}`;
  return new QuicError(
    "UNAVAILABLE",
    `QUIC cannot be used: ${reason}. Build it with "pnpm --filter @octoproxy/quic build:native" (needs cargo), or use HTTP/2.`,
    { cause: broken ?? causes[0] },
  );
};
