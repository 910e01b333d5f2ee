import { type SpawnOptions, spawn, spawnSync } from "node:child_process";

/**
 * The `skip` of a test that needs a program: its reason where the program is missing, else false.
 * Under OCTOPROXY_NO_SKIP (as in `.ci/run`) nothing is skipped: the test then fails on the missing program.
 */
export const needs = (...programs: readonly string[]): string | false => {
  if (process.env.OCTOPROXY_NO_SKIP !== undefined) return false;
  const missing = programs.filter((name) => spawnSync("which", [name]).status !== 0);
  return missing.length > 0 && `${missing.join(", ")} not installed`;
};

export interface Outcome {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs a program to its end, at most 60 s. */
export const run = (
  program: string,
  args: readonly string[],
  options: SpawnOptions & { input?: string } = {},
): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const { input, ...rest } = options;
    const child = spawn(program, args, { timeout: 60_000, ...rest, stdio: ["pipe", "pipe", "pipe"] });
    const stdout: Buffer[] = [];
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout: Buffer.concat(stdout), stderr }));
    child.stdin.on("error", () => undefined); // it may have ended without reading
    child.stdin.end(input);
  });
