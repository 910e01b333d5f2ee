import { broken } from "./hpack-error.ts";
import { codeLengths, codes, endOfString } from "./huffman-code.ts";

/*
 * A machine that takes four bits a step. Its states are the 256 inner nodes of the code's tree; no code is shorter
 * than five bits, so a step yields at most one symbol. A transition is `next state << 16 | flags | symbol`.
 */
const yields = 0x100;
const fails = 0x200;
const transitions = new Uint32Array(256 * 16);
/** States in which a string may end: less than eight bits into a code, all of them ones (section 5.2). */
const mayEnd = new Uint8Array(256);

{
  /** Two branches a node: an inner node's number, or `~symbol` for a leaf. */
  const tree: [number, number][] = [[0, 0]];
  for (const [symbol, length] of codeLengths.entries()) {
    const code = codes[symbol]!;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit -= 1) {
      const branch = (code >>> bit) & 1;
      if (tree[node]![branch] === 0) {
        tree.push([0, 0]);
        tree[node]![branch] = tree.length - 1;
      }
      node = tree[node]![branch]!;
    }
    tree[node]![code & 1] = ~symbol;
  }
  for (let state = 0; state < tree.length; state += 1) {
    for (let nibble = 0; nibble < 16; nibble += 1) {
      let node = state;
      let found = 0;
      for (let bit = 3; bit >= 0 && found !== fails; bit -= 1) {
        const branch = tree[node]![(nibble >>> bit) & 1]!;
        node = Math.max(branch, 0);
        if (branch < 0) found = ~branch === endOfString ? fails : yields | ~branch;
      }
      transitions[state * 16 + nibble] = (node << 16) | found;
    }
  }
  for (let node = 0, ones = 0; ones < 8; ones += 1, node = tree[node]![1]) mayEnd[node] = 1;
}

/**
 * Decodes `bytes[from, to)` into `out`, which must have room for `(to - from) * 8 / 5` bytes.
 * @returns how many bytes were written.
 * @throws HpackError where EOS occurs or the padding is not seven or fewer ones.
 */
export const decodeHuffman = (bytes: Uint8Array, from: number, to: number, out: Uint8Array): number => {
  let state = 0;
  let length = 0;
  for (let position = from; position < to; position += 1) {
    const byte = bytes[position]!;
    const upper = transitions[state * 16 + (byte >>> 4)]!;
    if ((upper & yields) !== 0) out[length++] = upper;
    const lower = transitions[(upper >>> 16) * 16 + (byte & 15)]!;
    if ((lower & yields) !== 0) out[length++] = lower;
    if (((upper | lower) & fails) !== 0) throw broken("a Huffman string holds EOS");
    state = lower >>> 16;
  }
  if (mayEnd[state] === 0) throw broken("a Huffman string is not padded by the start of EOS");
  return length;
};
