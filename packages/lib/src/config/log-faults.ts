import { firstLineOf } from "../error/proxy-error.ts";
import type { Logger } from "../log/logger.ts";
import { ConfigError, type ConfigFault } from "./config-fault.ts";

/** One log line for each warning or fault, with its place and key as fields. */
export const logFaults = (log: Logger, level: "warn" | "error", faults: readonly ConfigFault[]): void => {
  for (const { file, line, column, keyPath, message } of faults) {
    const place = line === undefined ? file : `${file}:${line}:${column}`;
    log[level]({ place, key: keyPath === "" ? undefined : keyPath }, message);
  }
};

/** A reload changed nothing: its faults, or what else went wrong. */
export const logRefusedReload = (log: Logger, error: unknown): void => {
  if (error instanceof ConfigError) logFaults(log, "error", error.faults);
  log.error({ reason: firstLineOf(error) }, "reload refused, nothing was changed");
};
