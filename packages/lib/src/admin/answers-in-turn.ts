/** Requests of a connection that may wait for their answers at once. Programs send the next when they have the last. */
const most = 4;

/**
 * Counts the requests of each connection that have no answer yet: hundreds in one breath would keep the data path from
 * its work for seconds, and their answers would wait in memory for a reader that may not read.
 */
export class AnswersInTurn {
  readonly #waiting = new WeakMap<object, number>();

  /** @returns false where it is one too many: the connection is to be ended. */
  enter(connection: object): boolean {
    const waiting = (this.#waiting.get(connection) ?? 0) + 1;
    this.#waiting.set(connection, waiting);
    return waiting <= most;
  }

  leave(connection: object): void {
    this.#waiting.set(connection, (this.#waiting.get(connection) ?? 1) - 1);
  }
}
