/** FNV-1a over UTF-16 units: a seed for `mixHashes`, too weak to be used alone. */
export const hashText = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return avalanche(hash);
};

/** One hash of a pair: every bit of either changes half of the result. Not for secrets. */
export const mixHashes = (a: number, b: number): number =>
  avalanche(avalanche(a ^ Math.imul(b, 0x9e3779b1)) + b);

/** The finishing step of MurmurHash3 (public domain). */
const avalanche = (hash: number): number => {
  let h = hash | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};
