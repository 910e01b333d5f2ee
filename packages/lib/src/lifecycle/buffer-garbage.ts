import { garbageCollector } from "./garbage-collector.ts";

/** Bytes of buffers that were allocated, past which those that nobody holds any more are freed. */
const limit = 16 * 1024 * 1024;

let bytes = 0;

/**
 * Counts a buffer that was allocated for bytes that pass through, and frees such buffers each 16 MiB. Left alone, V8 frees them each 64 MiB, by pauses of up
 * to 40 ms; a scavenge takes 1 ms (2 GiB uploaded over HTTP/2: peak of resident memory of the client 181 to 137 MiB, of the server 156 to 127,
 * processor time the same).
 */
export const countBuffer = (length: number): void => {
  bytes += length;
  if (bytes < limit) return;
  bytes = 0;
  garbageCollector()?.({ type: "minor" });
};
