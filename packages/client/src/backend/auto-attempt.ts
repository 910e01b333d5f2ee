import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import { type AutoProtocol, AutoRace, type AutoStep, type AutoTimes } from "./auto-policy.ts";
import type { Connect } from "./connection-set.ts";

/** An attempt with QUIC that goes on although HTTP/2 was quicker. */
export interface LateQuic {
  readonly connection: Promise<ClientConnection>;
  abort(): void;
}

export interface AutoOutcome {
  readonly protocol: AutoProtocol;
  readonly connection: ClientConnection;
  /** Why QUIC failed, where it did. */
  readonly quicError: ProxyError | undefined;
  readonly late: LateQuic | undefined;
}

interface Attempt {
  readonly controller: AbortController;
  readonly connection: Promise<ClientConnection>;
}

/** Does what the race says. */
export class AutoAttempt {
  readonly #connects: Readonly<Record<AutoProtocol, Connect>>;
  readonly #race: AutoRace;
  readonly #attempts = new Map<AutoProtocol, Attempt>();
  readonly #outcome = Promise.withResolvers<AutoOutcome>();
  #timer: NodeJS.Timeout | undefined;
  #quicError: ProxyError | undefined;

  constructor(connects: Readonly<Record<AutoProtocol, Connect>>, times: AutoTimes) {
    this.#connects = connects;
    this.#race = new AutoRace(times);
  }

  /** @throws ProxyError where both failed; the signal's reason when it is aborted. */
  async run(leading: AutoProtocol, signal: AbortSignal): Promise<AutoOutcome> {
    signal.throwIfAborted();
    const abort = (): void => {
      for (const { controller } of this.#attempts.values()) controller.abort(signal.reason);
      this.#outcome.reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    this.#do(this.#race.begin(leading, performance.now()));
    try {
      return await this.#outcome.promise;
    } finally {
      clearTimeout(this.#timer);
      signal.removeEventListener("abort", abort);
    }
  }

  #do(steps: readonly AutoStep[]): void {
    for (const step of steps) this.#one(step);
    clearTimeout(this.#timer);
    const { wakeAt } = this.#race;
    if (wakeAt === undefined) return;
    const waitMs = Math.ceil(Math.max(0, wakeAt - performance.now()));
    this.#timer = setTimeout(() => this.#do(this.#race.tick(performance.now())), waitMs);
  }

  #one(step: AutoStep): void {
    switch (step.kind) {
      case "try":
        void this.#try(step.protocol);
        break;
      case "abandon":
        this.#attempts.get(step.protocol)?.controller.abort(new ProxyError("ABORTED"));
        break;
      case "use":
        void this.#use(step.protocol);
        break;
      case "fail":
        this.#outcome.reject(step.error);
    }
  }

  async #try(protocol: AutoProtocol): Promise<void> {
    const controller = new AbortController();
    const connection = this.#connects[protocol](controller.signal);
    this.#attempts.set(protocol, { controller, connection });
    try {
      const opened = await connection;
      if (controller.signal.aborted) opened.destroy();
      else if (!this.#race.isOver) this.#do(this.#race.opened(protocol));
    } catch (cause) {
      if (controller.signal.aborted || this.#race.isOver) return;
      const error = ProxyError.from(cause, "BACKEND_UNREACHABLE");
      if (protocol === "quic") this.#quicError = error;
      this.#do(this.#race.failed(protocol, error, performance.now()));
    }
  }

  async #use(protocol: AutoProtocol): Promise<void> {
    const connection = await this.#attempts.get(protocol)!.connection;
    const quic =
      protocol === "http2" && this.#quicError === undefined ? this.#attempts.get("quic") : undefined;
    const late =
      quic === undefined
        ? undefined
        : { connection: quic.connection, abort: () => quic.controller.abort(new ProxyError("ABORTED")) };
    this.#outcome.resolve({ protocol, connection, quicError: this.#quicError, late });
  }
}
