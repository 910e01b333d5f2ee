/** Promises for one recurring event. Each waiter can be given up; nothing is left behind. */
export class WaitList {
  readonly #waiters = new Set<{ resolve(): void; reject(error: unknown): void }>();

  wait(signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) {
      reject(signal.reason);
      return promise;
    }
    const abort = (): void => waiter.reject(signal?.reason);
    const settle = (): void => {
      this.#waiters.delete(waiter);
      signal?.removeEventListener("abort", abort);
    };
    const waiter = {
      resolve: () => {
        settle();
        resolve();
      },
      reject: (error: unknown) => {
        settle();
        reject(error);
      },
    };
    signal?.addEventListener("abort", abort);
    this.#waiters.add(waiter);
    return promise;
  }

  wake(): void {
    for (const waiter of [...this.#waiters]) waiter.resolve();
  }

  fail(error: unknown): void {
    for (const waiter of [...this.#waiters]) waiter.reject(error);
  }
}
