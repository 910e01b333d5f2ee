import type { FaultView } from "../admin/schemas.ts";
import { ConfigError, type ConfigFault } from "../config/config-fault.ts";
import { logFaults, logRefusedReload } from "../config/log-faults.ts";
import { firstLineOf, printable } from "../error/proxy-error.ts";
import type { Logger } from "../log/logger.ts";

/** What came of a reload. A refused one changed nothing. */
export type ReloadOutcome =
  | { readonly done: true; readonly warnings: readonly FaultView[] }
  | { readonly done: false; readonly message: string; readonly faults: readonly FaultView[] };

/**
 * Runs a reload, which gives its warnings, and logs what came of it. Never rejects.
 * @param reload throws before it changes anything.
 */
export const tryReload = async (
  log: Logger,
  reload: () => Promise<readonly ConfigFault[]>,
): Promise<ReloadOutcome> => {
  try {
    const warnings = await reload();
    logFaults(log, "warn", warnings);
    return { done: true, warnings: warnings.map(faultView) };
  } catch (error) {
    logRefusedReload(log, error);
    const faults = error instanceof ConfigError ? error.faults.map(faultView) : [];
    const message =
      faults.length > 0 ? "the configuration is wrong, nothing was changed" : firstLineOf(error);
    return { done: false, message: printable(message), faults };
  }
};

const faultView = ({ file, line, column, keyPath, message }: ConfigFault): FaultView => ({
  file: printable(file),
  line: line ?? null,
  column: column ?? null,
  key: keyPath === "" ? null : printable(keyPath),
  message: printable(message),
});
