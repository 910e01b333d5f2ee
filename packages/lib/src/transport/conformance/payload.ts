import { createHash } from "node:crypto";
import type { Recorder } from "./recorder.ts";

/** A small generator with a seed (xorshift32): the same bytes and the same cuts in every run. */
export const seeded = (seed: number): (() => number) => {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
};

const block = (() => {
  const random = seeded(7);
  return Buffer.from(Array.from({ length: 1 << 20 }, () => Math.floor(random() * 256)));
})();

/**
 * Sends `size` bytes in chunks of random length, one buffer for all of them where the stream does not retain it.
 * @returns SHA-256 of what was sent.
 */
export const sendPayload = async (
  from: Recorder,
  size: number,
  seed: number,
  largestChunk = 200_000,
): Promise<string> => {
  const random = seeded(seed);
  const hash = createHash("sha256");
  const scratch = Buffer.alloc(largestChunk);
  for (let sent = 0; sent < size; ) {
    const length = Math.min(size - sent, 1 + Math.floor(random() * (largestChunk - 1)));
    const chunk = from.stream.retains ? Buffer.alloc(length) : scratch.subarray(0, length);
    const offset = Math.floor(random() * (block.length - length));
    block.copy(chunk, 0, offset, offset + length);
    hash.update(chunk);
    const sending = from.send(chunk);
    if (!from.stream.retains) chunk.fill(0x55);
    await sending;
    sent += length;
  }
  return hash.digest("hex");
};
