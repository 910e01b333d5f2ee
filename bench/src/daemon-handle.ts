import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { accepting } from "./accepting.ts";
import { killGroup, spawnChild } from "./children.ts";

/** Clock ticks a second in /proc/PID/stat; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Which end of the chain a process belongs to: its cost is told by side. */
export type Side = "client" | "server";

/** A process whose cost is measured. */
export class DaemonHandle {
  readonly side: Side;
  readonly child: ChildProcess;
  /** From the command to its readiness, milliseconds; NaN until then. */
  readyMs = Number.NaN;
  readonly #started = performance.now();
  #output = "";

  constructor(side: Side, program: string, args: readonly string[], cwd?: string) {
    this.side = side;
    this.child = spawnChild(program, args, { stdio: ["ignore", "pipe", "pipe"], cwd });
    for (const stream of [this.child.stderr, this.child.stdout]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output = (this.#output + chunk).slice(-4000);
      });
    }
    this.child.on("error", (error) => {
      this.#output += error.message;
    });
  }

  /** Waits for output that matches, 10 s at most: the daemon is ready. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    const patience = AbortSignal.timeout(10_000);
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) {
        this.readyMs = performance.now() - this.#started;
        return match;
      }
      if (this.#ended) throw new Error(`${this.child.spawnfile} ended: ${this.#output}`);
      await Promise.race([
        once(this.child.stderr as NodeJS.ReadableStream, "data", { signal: patience }),
        once(this.child.stdout as NodeJS.ReadableStream, "data", { signal: patience }),
        once(this.child, "exit", { signal: patience }),
      ]).catch((error: unknown) => {
        throw new Error(`${this.child.spawnfile} is not ready: ${this.#output}`, { cause: error });
      });
    }
  }

  /** Waits until it accepts connections at the port: for programs that do not tell. */
  async accepts(port: number): Promise<void> {
    await accepting(port).catch((error: unknown) => {
      throw new Error(`${this.child.spawnfile} does not listen: ${this.#output}`, { cause: error });
    });
    this.readyMs = performance.now() - this.#started;
  }

  /** User and system time so far, in seconds, with that of its children; 0 once it has ended. */
  cpuSeconds(): number {
    let ticks = 0;
    for (const pid of family(this.child.pid ?? 0)) {
      const fields = proc(pid, "stat")
        .replace(/^.*\) /s, "")
        .split(" ");
      ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
    }
    return ticks / ticksPerSecond;
  }

  /** Resident memory in bytes, with that of its children. */
  residentBytes(): number {
    let kilobytes = 0;
    for (const pid of family(this.child.pid ?? 0)) {
      kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(proc(pid, "status"))?.[1] ?? 0);
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

  get #ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined;
  }

  async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.#ended) return;
    const exited = once(this.child, "exit");
    killGroup(this.child, signal);
    await exited;
  }
}

/** A file of /proc; empty where the process has gone. */
const proc = (pid: number, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
};

const family = (pid: number): number[] => [
  pid,
  ...proc(pid, `task/${pid}/children`)
    .trim()
    .split(" ")
    .filter(Boolean)
    .flatMap((child) => family(Number(child))),
];
