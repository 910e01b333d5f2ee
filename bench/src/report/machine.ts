import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { findProgram, programVersion } from "../peers/find-program.ts";
import { originalProgram } from "../peers/original.ts";

/** What stands beside every figure. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly commit: string;
  readonly date: string;
  /** Versions of the programs that took part, by name. */
  readonly programs: Readonly<Record<string, string>>;
}

export const describeMachine = (): Machine => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 1e9),
  kernel: output("uname", ["-sr"]),
  node: process.versions.node,
  commit: output("git", ["describe", "--always", "--dirty"]),
  date: new Date().toISOString().slice(0, 10),
  programs: programs(),
});

const versionOptions = { nginx: "-v", curl: "--version", squid: "-v", haproxy: "-v", nghttpx: "--version" };

const programs = (): Record<string, string> => {
  const present = Object.entries(versionOptions).filter(([program]) => findProgram(program) !== undefined);
  const versions = present.map(([program, option]) => [program, programVersion(program, option)]);
  if (originalProgram !== undefined) versions.push(["Rust original", "0.1.1"]);
  return Object.fromEntries(versions);
};

const output = (program: string, args: readonly string[]): string => {
  try {
    return execFileSync(program, args, { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
};
