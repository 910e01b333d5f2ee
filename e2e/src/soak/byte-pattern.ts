import { patternBlock } from "../harness/origin.ts";

const { length: period } = patternBlock;

/** Where in the pattern a tunnel begins: bytes of another tunnel, or of another place, do not fit. */
export const phases = period;

/** A piece of the endless pattern: a view where it can be one. @param at from the beginning of the pattern. */
export const patternPiece = (at: number, most: number): Buffer => {
  const start = at % period;
  return patternBlock.subarray(start, Math.min(start + most, period));
};

/** Whether these are the bytes of the pattern from there on. */
export const isPattern = (bytes: Uint8Array, at: number): boolean => {
  for (let done = 0; done < bytes.length; ) {
    const piece = patternPiece(at + done, bytes.length - done);
    if (piece.compare(bytes, done, done + piece.length) !== 0) return false;
    done += piece.length;
  }
  return true;
};
