import { fstatSync, write } from "node:fs";
import type { LogWriter } from "./log-sink.ts";

/**
 * Standard error, in the way that cannot stall this process. Pipes, sockets and terminals go through
 * `process.stderr`, which does not block on them (a blocked thread of the pool would keep the process from ending);
 * files and devices through the pool, since `process.stderr` writes them synchronously and cannot tell that the disk is full.
 */
export const stderrWriter = (): LogWriter => {
  const stat = fstatSync(2);
  if (process.stderr.isTTY || stat.isFIFO() || stat.isSocket()) return streamWriter(process.stderr);
  return fileWriter(2);
};

/** Writes to a stream whose errors concern nobody but the log. */
export const streamWriter = (stream: NodeJS.WriteStream): LogWriter => {
  stream.on("error", () => undefined);
  return {
    write: (text, done) => {
      stream.write(text, (error) => done(error ?? undefined));
    },
  };
};

/** Writes to a descriptor. What follows a line that was cut in the middle begins on a new one. */
export const fileWriter = (descriptor: number): LogWriter => {
  let cut = false;
  return {
    write: (text, done) => {
      const bytes = Buffer.from(cut ? `\n${text}` : text);
      const rest = (offset: number): void => {
        write(descriptor, bytes, offset, bytes.length - offset, null, (error, written) => {
          if (error !== null) {
            cut ||= offset > 0;
            done(error);
          } else if (offset + written < bytes.length) rest(offset + written);
          else {
            cut = false;
            done(undefined);
          }
        });
      };
      rest(0);
    },
  };
};
