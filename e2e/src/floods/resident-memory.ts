import { readFile, writeFile } from "node:fs/promises";

/** Resident memory of a process, of which the kernel itself keeps the peak. Linux. */
export class ResidentMemory {
  readonly #pid: number;
  #before = 0;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** Repeats honest work until it takes no more memory than before: what it takes itself is nobody's attack. */
  async warmUp(work: () => Promise<unknown>): Promise<void> {
    for (let round = 0; round < 10; round++) {
      await this.begin();
      for (let count = 0; count < 200; count++) await work();
      if ((await this.grown()) < 1) return;
    }
  }

  /** A new peak begins. */
  async begin(): Promise<void> {
    await writeFile(`/proc/${this.#pid}/clear_refs`, "5");
    this.#before = await this.#mebibytes("VmRSS");
  }

  /** MiB above the beginning, at most. */
  async grown(): Promise<number> {
    return (await this.#mebibytes("VmHWM")) - this.#before;
  }

  /** MiB above the beginning, now. */
  async kept(): Promise<number> {
    return (await this.#mebibytes("VmRSS")) - this.#before;
  }

  async #mebibytes(field: string): Promise<number> {
    const status = await readFile(`/proc/${this.#pid}/status`, "utf8");
    return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024;
  }
}
