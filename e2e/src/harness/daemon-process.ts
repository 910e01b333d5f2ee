import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

/** One line of a daemon's log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

const command = fileURLToPath(new URL("../../../packages/octoproxy/bin/octoproxy.js", import.meta.url));

/** Longest wait for a line or an exit; a bound against hanging, not a measurement. */
const patienceMs = 20_000;

const running = new Set<ChildProcess>();
// Also those of a test that ran out of time, which never gets to its own: the file could not end while they live.
const killAll = (): void => {
  for (const child of running) child.kill("SIGKILL");
};
// Not in a script that uses this: it would end with a report of no tests.
if (process.env.NODE_TEST_CONTEXT !== undefined) after(killAll);
process.on("exit", killAll);

export interface DaemonOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** In a process group of its own, so that Ctrl-C in the terminal does not reach it. */
  readonly detached?: boolean;
  /** Nothing of our own environment. */
  readonly onlyEnv?: boolean;
  /** What is started, the checkout's command where it is not given. */
  readonly program?: readonly string[];
  /** What starts that, and becomes it. */
  readonly by?: readonly string[];
}

/** A real `octoproxy` process. Disposing kills it, and so does the end of the test. */
export class DaemonProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly lines: LogLine[] = [];
  /** What it wrote to stderr that is no log line: error sentences. */
  readonly words: string[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #exit: Promise<number | NodeJS.Signals>;

  constructor(args: readonly string[], options: DaemonOptions = {}) {
    const ours = options.program ?? [process.execPath, command];
    const [program = process.execPath, ...before] = [...(options.by ?? []), ...ours];
    this.child = spawn(program, [...before, ...args], {
      cwd: options.cwd,
      detached: options.detached ?? false,
      env: { ...(options.onlyEnv ? {} : process.env), OCTOPROXY_LOG: "debug", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#exit = once(this.child, "exit").then(([code, signal]) => code ?? signal);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on("line", (line) => this.#take(line));
    }
    running.add(this.child);
    this.#exit.then(() => {
      running.delete(this.child);
      this.#wake();
    });
  }

  #take(line: string): void {
    try {
      this.lines.push(JSON.parse(line) as LogLine);
    } catch {
      this.words.push(line);
    }
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The first line that fits, already written (from that index on) or still to come. Each is looked at once. */
  async line(fits: (line: LogLine) => boolean, what: string, since = 0): Promise<LogLine> {
    const deadline = Date.now() + patienceMs;
    for (let next = since; ; ) {
      for (; next < this.lines.length; next++) {
        const line = this.lines[next]!;
        if (fits(line)) return line;
      }
      if (!this.running || Date.now() > deadline) {
        throw new Error(
          `${what}: no such line; ${this.running ? "still running" : "it ended"}\n${this.transcript}`,
        );
      }
      await this.#change(deadline - Date.now());
    }
  }

  /** The address of the first `listening` line for a protocol. */
  async listening(protocol: string): Promise<string> {
    const line = await this.line(
      (l) => l.msg === "listening" && l.protocol === protocol,
      `listening (${protocol})`,
    );
    return String(line.address);
  }

  /** Waits for the end: the exit status, or the signal's name. */
  async exit(): Promise<number | NodeJS.Signals> {
    const timer = setTimeout(() => this.child.kill("SIGKILL"), patienceMs);
    try {
      return await this.#exit;
    } finally {
      clearTimeout(timer);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  get transcript(): string {
    return [...this.words, ...this.lines.slice(-40).map((line) => JSON.stringify(line))].join("\n");
  }

  #change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.add(done);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) this.child.kill("SIGKILL");
    await this.#exit;
  }
}
