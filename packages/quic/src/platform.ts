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

const usesGlibc = (): boolean => {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
};

/** Where the addon may lie: built here from source first, then what came with the package. */
export const addonPaths = (): readonly string[] => [
  join(packageFolder, "native", "built", platformName(), "octo-quic.node"),
  join(packageFolder, "prebuilds", platformName(), "octo-quic.node"),
];

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
