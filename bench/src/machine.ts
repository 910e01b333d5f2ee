import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";

/** What stands beside every figure. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly commit: string;
  readonly date: string;
}

export const describeMachine = (): Machine => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 1e9),
  kernel: output("uname", ["-sr"]),
  node: process.versions.node,
  commit: output("git", ["describe", "--always", "--dirty"]),
  date: new Date().toISOString().slice(0, 10),
});

const output = (program: string, args: readonly string[]): string => {
  try {
    return execFileSync(program, args, { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
};
