// Format, lints and tests of the Rust part, where there is a Rust toolchain.
import { spawnSync } from "node:child_process";
import { nativeFolder } from "../src/testing/native-source.ts";

/** A cold build takes one to two minutes on two cores. */
const timeout = 6 * 60_000;

const run = (...args: string[]): void => {
  const started = performance.now();
  const { status, signal, stdout, stderr } = spawnSync("cargo", args, {
    cwd: nativeFolder,
    encoding: "utf8",
    timeout,
    env: { ...process.env, CARGO_TERM_COLOR: "never" },
  });
  if (status !== 0) {
    process.stderr.write(
      `${stdout}${stderr}cargo ${args.join(" ")} failed${signal === null ? "" : `: ${signal}`}\n`,
    );
    process.exit(1);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`cargo ${args.join(" ")}: ok, ${seconds} s\n`);
};

const available = (...args: string[]): boolean =>
  spawnSync("cargo", args, { cwd: nativeFolder }).status === 0;

if (!available("--version")) {
  process.stdout.write("Rust checks left out: cargo is not installed here\n");
} else if (!available("fetch", "--locked")) {
  process.stdout.write("Rust checks left out: the crates cannot be fetched here\n");
} else {
  if (available("fmt", "--version")) run("fmt", "--check");
  if (available("clippy", "--version")) {
    run("clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings");
  }
  run("test", "--locked", "--package", "octo-quic-core");
}
