import { copyOf } from "@octoproxy/lib/splice/turn-gather";
import type { ByteStream } from "@octoproxy/lib/transport/tunnel-stream";

/** Bodies up to here are copied behind their head; a longer part is worth a write of its own. */
const copyLimit = 16 * 1024;

/**
 * Writes a head and the part of `chunk` from `start` to `end` that belongs to its body, in one write where that is
 * cheap: one packet and one frame in place of two.
 * @returns as `ByteStream.write`.
 */
export const writeTogether = (
  stream: ByteStream,
  head: string,
  chunk: Uint8Array,
  start: number,
  end: number,
  chunkIsTransient: boolean,
): boolean => {
  const bodyBytes = end - start;
  if (bodyBytes > copyLimit) {
    stream.write(Buffer.from(head, "latin1"));
    return writePart(stream, chunk, start, end, chunkIsTransient);
  }
  const bytes = Buffer.allocUnsafe(head.length + bodyBytes);
  bytes.write(head, 0, "latin1");
  if (bodyBytes > 0) bytes.set(chunk.subarray(start, end), head.length);
  return stream.write(bytes);
};

/** Writes the part of `chunk` from `start` to `end`, copied where one side keeps what the other will overwrite. */
export const writePart = (
  stream: ByteStream,
  chunk: Uint8Array,
  start: number,
  end: number,
  chunkIsTransient: boolean,
): boolean => {
  if (start === end) return true;
  const part = start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end);
  return stream.write(chunkIsTransient && stream.retains ? copyOf(part) : part);
};
