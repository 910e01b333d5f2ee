import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
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

/**
 * The addon, loaded at the first call.
 * @throws QuicError `UNAVAILABLE` with what to do, the same at every call.
 */
export const loadBinding = (): NativeBinding => {
  if (loaded !== undefined) return loaded;
  if (failure !== undefined) throw failure;
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
 * Uses an addon that is at hand as bytes: a single executable keeps it as an asset. It is written to a private file,
 * loaded and unlinked. To be called before anything of this package is used.
 */
export const useAddonBytes = (bytes: Uint8Array): void => {
  const folder = mkdtempSync(join(tmpdir(), "octo-quic-"));
  try {
    const path = join(folder, "octo-quic.node");
    writeFileSync(path, bytes, { mode: 0o700 });
    const module = { exports: {} };
    process.dlopen(module, path);
    loaded = module.exports as NativeBinding;
  } finally {
    rmSync(folder, { recursive: true, force: true });
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
