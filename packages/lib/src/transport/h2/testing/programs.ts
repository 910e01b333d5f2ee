import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import net from "node:net";

/** The reason to skip a test that needs a program, or false. Under OCTOPROXY_NO_SKIP a test fails instead. */
export const missing = (program: string): string | false => {
  if (process.env.OCTOPROXY_NO_SKIP !== undefined) return false;
  const found = spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
  return found ? false : `${program} is not installed`;
};

/** A program that serves until it is disposed of. */
export class ServingProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  output = "";

  private constructor(program: string, args: readonly string[]) {
    this.#child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#exited = once(this.#child, "exit").catch((error: unknown) => error);
    const keep = (bytes: Buffer) => {
      this.output = (this.output + bytes.toString()).slice(-20_000);
    };
    this.#child.stdout?.on("data", keep);
    this.#child.stderr?.on("data", keep);
  }

  /** Starts it and waits until `port` accepts. */
  static async start(program: string, args: readonly string[], port: number): Promise<ServingProgram> {
    const serving = new ServingProgram(program, args);
    const over = AbortSignal.timeout(10_000);
    while (!(await accepts(port))) {
      if (over.aborted || serving.#child.exitCode !== null) {
        throw new Error(`${program} does not listen on port ${port}:\n${serving.output}`);
      }
    }
    return serving;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}

const accepts = async (port: number): Promise<boolean> => {
  const socket = net.connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return false;
  } finally {
    socket.destroy();
  }
};

/** Runs a program to its end; its output, whatever its status. */
export const run = async (
  program: string,
  args: readonly string[],
): Promise<{ status: number | null; output: string }> => {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (bytes: Buffer) => {
    output += bytes.toString();
  });
  child.stderr.on("data", (bytes: Buffer) => {
    output += bytes.toString();
  });
  const [status] = (await once(child, "close")) as [number | null];
  return { status, output };
};
