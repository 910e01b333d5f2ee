import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";
import { repository } from "../harness/binary.ts";

/** What stands beside every figure. */
export const describeMachine = (): Readonly<Record<string, string | number>> => ({
  date: new Date().toISOString().slice(0, 10),
  commit: commit(),
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memory_gb: Math.round(totalmem() / 1e9),
  kernel: release(),
  node: process.versions.node,
  openssl: process.versions.openssl,
  load_at_end: loadavg()[0] ?? 0,
});

const commit = (): string => {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], {
      cwd: repository,
      encoding: "utf8",
    }).trim();
  } catch {
    return "unknown";
  }
};
