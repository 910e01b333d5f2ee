import { Duplex } from "node:stream";
import { ProxyError } from "../error/proxy-error.ts";
import type { ByteStream } from "./tunnel-stream.ts";

/**
 * A {@link ByteStream} as a `Duplex`, for tests and tools; the data path does not use it. It owns the stream.
 * A reset is an `error` event with the ProxyError; `destroy` before both ends resets the stream.
 */
export const toDuplex = (stream: ByteStream): Duplex => {
  let waiting: ((error?: Error | null) => void) | undefined;
  let gone = false;
  const duplex = new Duplex({
    allowHalfOpen: true,
    read() {
      stream.resume();
    },
    write(chunk: Buffer, _encoding, callback) {
      if (chunk.length === 0 || stream.write(chunk)) callback();
      else waiting = callback;
    },
    final(callback) {
      stream.end();
      callback();
    },
    destroy(error, callback) {
      const bothEnded = duplex.readableEnded && duplex.writableFinished;
      if (!gone && !bothEnded) stream.reset(ProxyError.from(error ?? "destroyed", "ABORTED"));
      gone = true;
      callback(error);
    },
  });
  stream.own({
    data: (chunk) => duplex.push(stream.transient ? Buffer.from(chunk) : chunk),
    drain: () => {
      const callback = waiting;
      waiting = undefined;
      callback?.();
    },
    end: () => duplex.push(null),
    reset: (error) => {
      gone = true;
      duplex.destroy(error);
    },
  });
  return duplex;
};
