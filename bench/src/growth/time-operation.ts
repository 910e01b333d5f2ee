/**
 * Nanoseconds that one call takes: the least of several batches, each long enough to be timed. What is least has been
 * disturbed least.
 */
export const timeOperation = (operation: () => void): number => {
  const batchMs = 8;
  let calls = 16;
  let least = Number.POSITIVE_INFINITY;
  for (let batch = 0; batch < 7; ) {
    const from = performance.now();
    for (let call = 0; call < calls; call++) operation();
    const milliseconds = performance.now() - from;
    if (milliseconds < batchMs) {
      calls *= 2;
      continue;
    }
    least = Math.min(least, (milliseconds / calls) * 1e6);
    batch++;
  }
  return least;
};
