import { type LoggerOptions, type Logger as PinoLogger, pino, stdTimeFunctions } from "pino";
import type { LogLevel } from "../config/words.ts";
import { cleanLine } from "./clean-line.ts";
import { LogSink, type LogWriter } from "./log-sink.ts";

/** The log of a daemon. Fields first, then a short message: `log.info({ address, protocol }, "listening")`. */
export type Logger = PinoLogger;

export interface LogOptions {
  readonly level: LogLevel;
  readonly writer: LogWriter;
  /** Makes a readable line of a JSON one, for a terminal. */
  readonly pretty?: ((line: string) => string) | undefined;
}

export interface Log {
  readonly log: Logger;
  /** Waits for what was logged to be written; counts what was lost. */
  readonly sink: LogSink;
}

const sinks = new WeakMap<Logger, LogSink>();

/** Lines of this log that were lost since the start: the disk was full, the reader gone or stuck. */
export const droppedLines = (log: Logger): number => sinks.get(log)?.dropped ?? 0;

/** One JSON object a line, `{"level":"info","time":"2026-…Z",…,"msg":"…"}`, cleaned of control characters. */
export const createLog = ({ level, writer, pretty = (line) => line }: LogOptions): Log => {
  const tellDropped = (lines: number): string => {
    const time = new Date().toISOString();
    return pretty(`${JSON.stringify({ level: "warn", time, lines, msg: "log lines were dropped" })}\n`);
  };
  const sink = new LogSink(writer, { tellDropped });
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: (error) => describeError(error), error: (error) => describeError(error) },
  };
  const log = pino(options, { write: (line) => sink.write(pretty(cleanLine(line))) });
  sinks.set(log, sink);
  return { log, sink };
};

const maxCauses = 4;

/** An error as fields; the stack as a list, so that a line stays a line. */
const describeError = (error: unknown, causes = maxCauses): unknown => {
  if (!(error instanceof Error)) return error;
  const { name, message, stack = "", cause } = error;
  return {
    name,
    code: (error as NodeJS.ErrnoException).code,
    message,
    cause: cause === undefined || causes === 0 ? undefined : describeError(cause, causes - 1),
    stack: stack.split("\n    at ").slice(1),
  };
};
