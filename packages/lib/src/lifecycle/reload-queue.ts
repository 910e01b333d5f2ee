import type { ConfigFault } from "../config/config-fault.ts";
import type { Logger } from "../log/logger.ts";
import { type ReloadOutcome, tryReload } from "./reload-outcome.ts";

/** What a daemon does to reload. */
export interface ReloadSteps {
  /** @returns its warnings. @throws before it changes anything. */
  reload(): Promise<readonly ConfigFault[]>;
  /** Is told of each one, done or refused. */
  finished(outcome: ReloadOutcome): void;
}

/** Reloads, and whatever must not meet them, one after the other, whoever asks for them. */
export class ReloadQueue {
  readonly #log: Logger;
  readonly #steps: ReloadSteps;
  #last: Promise<unknown> = Promise.resolve();

  constructor(log: Logger, steps: ReloadSteps) {
    this.#log = log;
    this.#steps = steps;
  }

  /** One more reload, after those that were asked for before. Does not reject. */
  run(): Promise<ReloadOutcome> {
    return this.after(async () => {
      const outcome = await tryReload(this.#log, () => this.#steps.reload());
      this.#steps.finished(outcome);
      return outcome;
    });
  }

  /** Something else that must not meet a reload. Rejects as `act` does. */
  after<T>(act: () => Promise<T>): Promise<T> {
    const acting = this.#last.then(act);
    this.#last = acting.catch(() => undefined);
    return acting;
  }
}
