import { codeLengths, codes } from "./huffman-code.ts";

/** Bytes that `text` (latin1) takes as a Huffman string. */
export const huffmanLength = (text: string): number => {
  let bits = 0;
  for (let at = 0; at < text.length; at += 1) bits += codeLengths[text.charCodeAt(at)]!;
  return (bits + 7) >>> 3;
};

/**
 * Writes `text` (latin1) at `out[at]`, padded by ones; there must be room for `huffmanLength` bytes.
 * @returns the position behind it.
 */
export const encodeHuffman = (text: string, out: Uint8Array, at: number): number => {
  let position = at;
  let pending = 0; // fewer than eight bits between two symbols
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const symbol = text.charCodeAt(index);
    const length = codeLengths[symbol]!;
    const code = codes[symbol]!;
    let left = length;
    // A code has up to 30 bits: taken in parts of at most 16, everything stays within 32.
    while (left > 0) {
      const part = left > 16 ? left - 16 : left;
      left -= part;
      pending = (pending << part) | ((code >>> left) & ((1 << part) - 1));
      count += part;
      while (count >= 8) {
        count -= 8;
        out[position++] = pending >>> count;
      }
      pending &= (1 << count) - 1;
    }
  }
  if (count > 0) out[position++] = (pending << (8 - count)) | (0xff >>> count);
  return position;
};
