/** The closed sets of words that both configurations share. */

/** From most to least words. */
export const logLevels = ["trace", "debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** What the log tells of each tunnel: all of it, all but where it went, or nothing. */
export const accessLogs = ["full", "no_targets", "off"] as const;
export type AccessLog = (typeof accessLogs)[number];
