import { readdirSync, readFileSync, statSync } from "node:fs";

/**
 * Descriptors that this process may have open; undefined where the system does not tell.
 * Node raises the soft limit to the hard one when it starts, so this is what a daemon would have.
 */
export const openFileLimit = (): number | undefined => {
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    if (soft === undefined) return undefined;
    return soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return undefined;
  }
};

/** Descriptors that this process has open; undefined where the system does not tell. */
export const openFileCount = (): number | undefined => {
  try {
    // Since Linux 6.2 the folder's size is their number, which costs no descriptor; before it was 0.
    return statSync(folder).size || readdirSync(folder).length;
  } catch {
    return undefined;
  }
};

const folder = "/proc/self/fd";
