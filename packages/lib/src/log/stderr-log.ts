import { type LogLevel, logLevels } from "../config/words.ts";
import { createLog, type Log } from "./logger.ts";
import { stderrWriter } from "./stderr-writer.ts";

/** `OCTOPROXY_LOG` holds a word that is no level. */
export class LogLevelError extends Error {
  override readonly name = "LogLevelError";
}

/**
 * The level that holds: `OCTOPROXY_LOG` where it is set, else the configuration's.
 * @throws LogLevelError.
 */
export const effectiveLevel = (
  configured: LogLevel,
  env: { readonly [name: string]: string | undefined } = process.env,
): LogLevel => {
  const { OCTOPROXY_LOG: word } = env;
  if (word === undefined || word === "") return configured;
  const level = logLevels.find((candidate) => candidate === word.toLowerCase());
  if (level !== undefined) return level;
  throw new LogLevelError(`OCTOPROXY_LOG: ${JSON.stringify(word)} is not one of ${logLevels.join(", ")}`);
};

/** The log of this process on standard error: JSON, or readable lines where that is a terminal. */
export const openStderrLog = async (level: LogLevel): Promise<Log> => {
  const pretty = process.stderr.isTTY ? await readableLines() : undefined;
  return createLog({ level, writer: stderrWriter(), pretty });
};

/** Loaded only for a terminal. */
const readableLines = async (): Promise<(line: string) => string> => {
  const { prettyFactory } = await import("pino-pretty");
  return prettyFactory({
    colorize: !process.env.NO_COLOR,
    translateTime: "SYS:HH:MM:ss.l",
    singleLine: true,
  });
};
