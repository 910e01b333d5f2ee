import type { Logger } from "../log/logger.ts";
import type { ConfigFault } from "./config-fault.ts";

/** One log line for each warning or fault, with its place and key as fields. */
export const logFaults = (log: Logger, level: "warn" | "error", faults: readonly ConfigFault[]): void => {
  for (const { file, line, column, keyPath, message } of faults) {
    const place = line === undefined ? file : `${file}:${line}:${column}`;
    log[level]({ place, key: keyPath === "" ? undefined : keyPath }, message);
  }
};
