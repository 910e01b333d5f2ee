// Builds the addon. Without arguments for this machine, into `native/built/`, which is looked at first; needs cargo.
// With `--prebuild <platform>` reproducibly for others, into `prebuilds/`; needs cargo-zigbuild and ziglang (pip).
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { platformName } from "../src/platform.ts";
import {
  fileHash,
  nativeFolder,
  type PrebuildNote,
  prebuildFolder,
  sourceHash,
} from "../src/testing/native-source.ts";

interface Platform {
  /** What cargo-zigbuild is told: the triple, and the oldest glibc. */
  readonly target: string;
  readonly library: string;
  readonly run: boolean;
  /** The standard library has to be built as well, since only its sources are at hand. */
  readonly buildStd?: boolean;
  /** Further flags for rustc. */
  readonly flags?: string;
}

const platforms: Readonly<Record<string, Platform>> = {
  "linux-x64-gnu": { target: "x86_64-unknown-linux-gnu.2.28", library: "libocto_quic.so", run: true },
  "linux-arm64-gnu": {
    target: "aarch64-unknown-linux-gnu.2.28",
    library: "libocto_quic.so",
    run: false,
    buildStd: true,
  },
  "linux-x64-musl": {
    target: "x86_64-unknown-linux-musl",
    library: "libocto_quic.so",
    run: false,
    buildStd: true,
    // musl's default is a static C library, which no addon can have.
    flags: "-C target-feature=-crt-static",
  },
};

const targetFolder = process.env.CARGO_TARGET_DIR ?? join(nativeFolder, "target");

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Another compiler than the PATH's, one with the sources of its standard library, where those have to be built. */
const rustc = process.env.RUSTC ?? "rustc";

const capture = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: "utf8" }).trim();

const cargo = (args: readonly string[], env: NodeJS.ProcessEnv): void => {
  try {
    execFileSync("cargo", args, { cwd: nativeFolder, stdio: "inherit", env: { ...process.env, ...env } });
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    process.stderr.write(
      missing
        ? "cargo is not installed: get Rust 1.88 or newer (https://rustup.rs), or use HTTP/2.\n"
        : "cargo could not build the addon: see above.\n",
    );
    process.exit(1);
  }
};

/** No path of this machine gets into the addon: the same bytes come out of every folder. */
const pathFree = (flags: string): NodeJS.ProcessEnv => {
  const moved = [
    [join(process.env.CARGO_HOME ?? join(homedir(), ".cargo")), "/cargo"],
    [capture(rustc, "--print", "sysroot"), "/rust"],
    [nativeFolder, "/native"],
  ];
  return {
    RUSTFLAGS: [flags, ...moved.map(([from, to]) => `--remap-path-prefix=${from}=${to}`)].join(" ").trim(),
    CFLAGS: moved.map(([from, to]) => `-ffile-prefix-map=${from}=${to}`).join(" "),
    CARGO_INCREMENTAL: "0",
    SOURCE_DATE_EPOCH: "0",
  };
};

const buildHere = (): void => {
  cargo(["build", "--release", "--locked", "-p", "octo-quic"], {});
  const library = { darwin: "libocto_quic.dylib", win32: "octo_quic.dll" }[process.platform as string];
  const folder = join(nativeFolder, "built", platformName());
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(targetFolder, "release", library ?? "libocto_quic.so"), join(folder, "octo-quic.node"));
  say(`built for ${platformName()}`);
};

const buildFor = (name: string): void => {
  const platform = platforms[name];
  if (platform === undefined) {
    process.stderr.write(`${name} is none of ${Object.keys(platforms).join(", ")}\n`);
    process.exit(2);
  }
  const triple = platform.target.replace(/\.\d+\.\d+$/, "");
  const std = platform.buildStd === true ? ["-Zbuild-std=std,panic_unwind"] : [];
  cargo(["zigbuild", ...std, "--release", "--locked", "-p", "octo-quic", "--target", platform.target], {
    ...pathFree(platform.flags ?? ""),
    ...(platform.buildStd === true ? { RUSTC_BOOTSTRAP: "1" } : {}),
  });
  const folder = prebuildFolder(name);
  mkdirSync(folder, { recursive: true });
  const addon = join(folder, "octo-quic.node");
  copyFileSync(join(targetFolder, triple, "release", platform.library), addon);
  const note: PrebuildNote = {
    platform: name,
    target: platform.target,
    sourceHash: sourceHash(),
    addonHash: fileHash(addon),
    rustc: capture(rustc, "--version"),
    zig: capture("python3", "-m", "ziglang", "version"),
    cargoZigbuild: capture("cargo-zigbuild", "--version").replace(/^\S+ /, ""),
    command: `${platform.buildStd === true ? "RUSTC=<one with its sources> " : ""}pnpm --filter @octoproxy/quic build:native --prebuild ${name}`,
    run: platform.run,
  };
  writeFileSync(join(folder, "prebuild.json"), `${JSON.stringify(note, undefined, 2)}\n`);
  say(`prebuilt for ${name}`);
};

const { values } = parseArgs({ options: { prebuild: { type: "string" } } });
if (values.prebuild === undefined) buildHere();
else buildFor(values.prebuild);
