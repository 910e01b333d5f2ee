import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let found: typeof globalThis.gc | null = null;

/** V8's collector. There is no public call; where it cannot be had, nothing is collected before its time. */
export const garbageCollector = (): typeof globalThis.gc => {
  if (found === null) {
    setFlagsFromString("--expose-gc");
    found = runInNewContext("gc") as typeof globalThis.gc;
    setFlagsFromString("--no-expose-gc");
  }
  return found;
};
