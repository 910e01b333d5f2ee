import { Deadline } from "../deadline/deadline.ts";
import type { Logger } from "../log/logger.ts";

/** What a daemon does to drain. */
export interface DrainSteps {
  /** For the log. */
  openTunnels(): number;
  /** Milliseconds that open tunnels have; asked when it begins. */
  timeoutMs(): number;
  /** Nothing new from now on. */
  begin(): void;
  /** Resolves when everything that was open is done; aborting cuts it. */
  finish(signal: AbortSignal): Promise<void>;
  /** Ends what was served until the last: the admin API. */
  end(): Promise<void>;
}

/** A daemon's last chapter, told once. */
export class Drain {
  readonly #log: Logger;
  readonly #steps: DrainSteps;
  #drained: Promise<boolean> | undefined;

  constructor(log: Logger, steps: DrainSteps) {
    this.#log = log;
    this.#steps = steps;
  }

  get begun(): boolean {
    return this.#drained !== undefined;
  }

  /** Calling it again returns the same promise. @returns whether every tunnel finished by itself. */
  run(): Promise<boolean> {
    this.#drained ??= this.#runOnce();
    return this.#drained;
  }

  async #runOnce(): Promise<boolean> {
    const timeoutMs = this.#steps.timeoutMs();
    this.#log.info({ tunnels: this.#steps.openTunnels(), drain_timeout: timeoutMs / 1000 }, "draining");
    using deadline = new Deadline(timeoutMs, "ABORTED");
    this.#steps.begin();
    await this.#steps.finish(deadline.signal);
    const complete = !deadline.signal.aborted;
    this.#log.info({ complete }, "drained");
    await this.#steps.end();
    return complete;
  }
}
