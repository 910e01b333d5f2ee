import { createHash } from "node:crypto";

export const chunkLength = 64 * 1024;
export const chunksPerMebibyte = 16;

const body = (() => {
  let state = 0x2545f491;
  const bytes = Buffer.alloc(chunkLength);
  for (let at = 0; at < bytes.length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
})();

/**
 * Chunk number `index` of the endless payload: all differ, so that a lost, doubled or swapped one is seen. Written
 * to `into` where that is given.
 */
export const payloadChunk = (index: number, into: Buffer = Buffer.allocUnsafeSlow(chunkLength)): Buffer => {
  const chunk = into;
  body.copy(chunk);
  chunk.writeUInt32BE(index, 0);
  chunk.writeUInt32BE(index, chunkLength / 2);
  return chunk;
};

/** SHA-256 of the first `mebibytes` of the payload. */
export const payloadDigest = (mebibytes: number): string => {
  const hash = createHash("sha256");
  for (let index = 0; index < mebibytes * chunksPerMebibyte; index += 1) hash.update(payloadChunk(index));
  return hash.digest("hex");
};

/** What the tests of bulk move, each way: 32 MiB, or what OCTOPROXY_BULK_MIB says (256 before a release). */
export const bulkMebibytes = Number(process.env.OCTOPROXY_BULK_MIB ?? "32");
