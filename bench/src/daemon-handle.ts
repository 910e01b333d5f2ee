import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Clock ticks a second in /proc/PID/stat; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** A process whose cost is measured. */
export class DaemonHandle {
  readonly name: string;
  readonly child: ChildProcess;
  #stderr = "";

  constructor(name: string, program: string, args: readonly string[]) {
    this.name = name;
    this.child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk).slice(-4000);
    });
    this.child.stdout?.resume();
    running.add(this.child);
    this.child.on("exit", () => running.delete(this.child));
  }

  /** Waits for a line on stderr that matches; the rest of the output is dropped. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stderr);
      if (match !== null) return match;
      if (this.child.exitCode !== null) throw new Error(`${this.name} ended: ${this.#stderr}`);
      await Promise.race([
        once(this.child.stderr as NodeJS.ReadableStream, "data"),
        once(this.child, "exit"),
      ]);
    }
  }

  /** User and system time so far, in seconds, with that of its children. */
  cpuSeconds(): number {
    let ticks = 0;
    for (const pid of family(this.child.pid ?? 0)) {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /, "")
        .split(" ");
      ticks += Number(fields[11]) + Number(fields[12]);
    }
    return ticks / ticksPerSecond;
  }

  /** Resident memory in bytes, with that of its children. */
  residentBytes(): number {
    let kilobytes = 0;
    for (const pid of family(this.child.pid ?? 0)) {
      kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    }
    return kilobytes * 1024;
  }

  /** Waits until it has used no CPU time for half a second, 10 s at most: what was to be cleaned up is. */
  async quiet(): Promise<void> {
    let before = this.cpuSeconds();
    for (let look = 0; look < 20; look++) {
      await delay(500);
      const now = this.cpuSeconds();
      if (now === before) return;
      before = now;
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await exited;
  }
}

const family = (pid: number): number[] => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return [
    pid,
    ...children
      .split(" ")
      .filter(Boolean)
      .flatMap((child) => family(Number(child))),
  ];
};

const running = new Set<ChildProcess>();

/** Nothing that was started outlives the benchmark, however it ends. */
const killAll = (): void => {
  for (const child of running) child.kill("SIGKILL");
};
process.on("exit", killAll);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
