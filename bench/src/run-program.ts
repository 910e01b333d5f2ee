import { killGroup, spawnChild } from "./children.ts";

/** Runs a load generator to its end, at most `seconds`; its standard output. */
export const runProgram = (program: string, args: readonly string[], seconds = 120): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawnChild(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    const deadline = setTimeout(() => killGroup(child), seconds * 1000);
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (status, signal) => {
      clearTimeout(deadline);
      if (status === 0) resolve(stdout);
      else reject(new Error(`${program} ${args.join(" ")}: ${status ?? signal}\n${stderr.slice(-500)}`));
    });
  });
