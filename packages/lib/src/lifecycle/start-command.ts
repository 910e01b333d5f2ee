import { ConfigError, type ConfigFault } from "../config/config-fault.ts";
import { logFaults } from "../config/log-faults.ts";
import type { LogLevel } from "../config/words.ts";
import type { Logger } from "../log/logger.ts";
import { effectiveLevel, LogLevelError, openStderrLog } from "../log/stderr-log.ts";
import type { Daemon } from "./daemon.ts";
import { letHeapGrow } from "./heap-growth.ts";
import { runDaemon } from "./run-daemon.ts";

/** Reads a configuration whole. @throws ConfigError with every fault. */
export type LoadConfig<Config> = () => Promise<{
  readonly config: Config;
  readonly warnings: readonly ConfigFault[];
}>;

/** A daemon's way from its configuration to its end. */
export interface StartCommand<Config extends { readonly logLevel: LogLevel }> {
  /** `octoproxy client`. */
  readonly name: string;
  readonly load: LoadConfig<Config>;
  /** @param load what a reload calls again. */
  readonly start: (config: Config, log: Logger, load: LoadConfig<Config>) => Promise<Daemon>;
}

/** Loads, opens the log, starts and runs. A wrong configuration is told whole, with status 2, and starts nothing. */
export const startCommand = async <Config extends { readonly logLevel: LogLevel }>({
  name,
  load,
  start,
}: StartCommand<Config>): Promise<void> => {
  try {
    const { config, warnings } = await load();
    const { log, sink } = await openStderrLog(effectiveLevel(config.logLevel));
    logFaults(log, "warn", warnings);
    await runDaemon({ name, start: () => start(config, log, load), log, sink });
    letHeapGrow();
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof LogLevelError)) throw error;
    process.stderr.write(`${error instanceof ConfigError ? error.report() : error.message}\n`);
    process.exitCode = 2;
  }
};
