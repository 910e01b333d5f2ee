/**
 * The candidate that a person most likely meant, or undefined where none is near: at most one edit in three
 * characters, a swap of neighbours counting as one. Case, `-` and `_` count nothing.
 */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  if (word.length > 64) return undefined;
  const plain = simplified(word);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(plain, simplified(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
};

/** `, did you mean "address"?`, or nothing. */
export const didYouMean = (word: string, candidates: readonly string[]): string => {
  const candidate = nearest(word, candidates);
  return candidate === undefined ? "" : `, did you mean "${candidate}"?`;
};

const simplified = (word: string): string => word.toLowerCase().replace(/[-_ ]/g, "");

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
const editDistance = (a: string, b: string): number => {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforePrevious[j - 2]! + 1);
      }
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length]!;
};
