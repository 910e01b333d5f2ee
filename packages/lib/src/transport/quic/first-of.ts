/**
 * Tries `candidates` in order, each beside those before it when they take longer than `staggerMs` or fail, and
 * gives the first that succeeds. The others are aborted, or given to `dispose` where they succeeded too.
 * @throws the first attempt's error when all failed; the signal's reason when it is aborted.
 */
export const firstOf = async <Candidate, Result>(
  candidates: readonly Candidate[],
  attempt: (candidate: Candidate, signal: AbortSignal) => Promise<Result>,
  dispose: (result: Result) => void,
  staggerMs: number,
  signal: AbortSignal,
): Promise<Result> => {
  if (candidates.length === 1) return attempt(candidates[0]!, signal);
  const controller = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const errors: unknown[] = [];
  let next = 0;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  const start = (): void => {
    clearTimeout(timer);
    if (over || next >= candidates.length) return;
    const index = next++;
    timer = setTimeout(start, staggerMs);
    attempt(candidates[index]!, controller.signal).then(
      (result) => {
        if (over) return dispose(result);
        over = true;
        resolve(result);
      },
      (error: unknown) => {
        errors[index] = error;
        if (Object.keys(errors).length === candidates.length) reject(errors[0]);
        else start();
      },
    );
  };
  const abort = (): void => {
    over = true;
    reject(signal.reason);
  };
  signal.addEventListener("abort", abort, { once: true });
  start();
  try {
    if (candidates.length === 0) throw new Error("there is no address to connect to");
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    controller.abort(signal.aborted ? signal.reason : new Error("another address was quicker"));
  }
};
