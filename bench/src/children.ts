import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { rmSync } from "node:fs";

const running = new Set<ChildProcess>();
const folders = new Set<string>();

/** Starts a program as the head of a process group of its own, so that its workers end with it. */
export const spawnChild = (
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess => {
  const child = spawn(program, args, { ...options, detached: true });
  running.add(child);
  // Where the program is missing there is no exit, only this; whoever started it listens for it as well.
  child.once("error", () => running.delete(child));
  child.once("exit", () => running.delete(child));
  return child;
};

/** Ends the program and all that it has started. */
export const killGroup = (child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): void => {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Gone already.
  }
};

/** Removes this folder at the end, however the benchmark ends. */
export const removeAtEnd = (folder: string): void => {
  folders.add(folder);
};

process.on("exit", () => {
  for (const child of running) killGroup(child);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});
for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  process.on(signal, () => process.exit(status));
}
