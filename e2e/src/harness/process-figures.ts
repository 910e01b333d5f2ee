import { readdir, readFile } from "node:fs/promises";

/** Why the figures of a process cannot be had here, or false. */
export const noFigures: string | false = process.platform === "linux" ? false : "needs /proc";

/** Resident memory, MiB. */
export const memoryOf = async (pid: number): Promise<number> => {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
};

export const descriptorsOf = async (pid: number): Promise<number> =>
  (await readdir(`/proc/${pid}/fd`)).length;
