import { readdirSync, readFileSync } from "node:fs";

/** What the system says of a process. */
export interface ProcessFacts {
  readonly descriptors: number;
  /** Bytes. */
  readonly resident: number;
  /** Seconds of processor time so far. */
  readonly cpuSeconds: number;
}

/** Linux counts processor time in hundredths. */
const ticksPerSecond = 100;

export const processFacts = (pid: number): ProcessFacts => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    resident: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024,
    cpuSeconds: cpuSecondsOf(pid),
  };
};

/** Processor time of a process; 0 where it is gone. */
export const cpuSecondsOf = (pid: number): number => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return 0;
  }
};
