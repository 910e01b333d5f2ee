/** Dials of one client that may be under way at once, unless said otherwise. */
const most = 4096;

interface Client {
  running: number;
  /** In the order in which they came. */
  readonly waiting: Set<() => void>;
}

/**
 * Turns at dialing. A client may have so many dials under way; the next wait for one to end. Targets that never answer
 * would otherwise take the ports of this machine, and then the kernel searches so long for a free one (10 ms for each
 * dial, measured with 14,116 to one target) that the other clients have to wait.
 */
export class DialTurns {
  readonly #most: number;
  readonly #clients = new Map<string, Client>();

  constructor(atOnce = most) {
    this.#most = atOnce;
  }

  /**
   * Give the turn back with `leave`.
   * @returns undefined where it may begin at once; else a wait that rejects with the signal's reason when it is
   *   aborted: then there is nothing to give back.
   */
  take(name: string, signal: AbortSignal): Promise<void> | undefined {
    let client = this.#clients.get(name);
    if (client === undefined) {
      client = { running: 0, waiting: new Set() };
      this.#clients.set(name, client);
    }
    if (client.running < this.#most) {
      client.running++;
      return undefined;
    }
    return this.#wait(client.waiting, signal);
  }

  leave(name: string): void {
    const client = this.#clients.get(name);
    if (client === undefined) return;
    const [next] = client.waiting;
    if (next !== undefined) {
      client.waiting.delete(next);
      next(); // the turn goes over
    } else if (--client.running === 0) this.#clients.delete(name);
  }

  #wait(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const begin = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = (): void => {
        waiting.delete(begin);
        reject(signal.reason);
      };
      waiting.add(begin);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }
}
