import { type AdminAccess, AdminCallError } from "@octoproxy/lib/admin/admin-call";
import type { EventMessage } from "@octoproxy/lib/admin/event-schemas";
import { formatListenAddress } from "@octoproxy/lib/config/listen-address";
import { sendCommand } from "./admin-client.ts";
import { followEvents } from "./event-feed.ts";
import { intentOf } from "./keys/bindings.ts";
import type { TuiAction } from "./store/actions.ts";
import { reduce } from "./store/reducer.ts";
import { initialState, type TuiCommand, type TuiState } from "./store/state.ts";

/** Two frames a second show what the daemon tells; what a person does shows at once. */
const frameMs = 500;
/** While the daemon is lost, seconds go by on the screen. */
const tickMs = 1000;

/** Joins keys, daemon and state. The view reads the state and is told when to read it anew. */
export class TerminalSession implements Disposable {
  readonly #access: AdminAccess;
  readonly #ending = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #quit: () => void;
  #state: TuiState;
  /** What is on the screen. */
  #shown: TuiState;
  #shownAtMs = 0;
  #frame: NodeJS.Timeout | undefined;
  #ticker: NodeJS.Timeout | undefined;

  constructor(access: AdminAccess, quit: () => void) {
    this.#access = access;
    this.#quit = quit;
    this.#state = initialState(formatListenAddress(access.address), Date.now());
    this.#shown = this.#state;
  }

  /** Begins to read the daemon's events. */
  start(): void {
    this.#ticker = setInterval(() => this.#tick(), tickMs);
    void followEvents(
      this.#access,
      {
        message: (message: EventMessage) => {
          const isFirst = this.#state.link.kind !== "live";
          this.#take({ type: "message", message, nowMs: Date.now() }, isFirst);
        },
        lost: (reason, retryInMs) => {
          const nowMs = Date.now();
          this.#take({ type: "lost", reason, nowMs, retryAtMs: nowMs + retryInMs }, true);
        },
      },
      this.#ending.signal,
    );
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly shown = (): TuiState => this.#shown;

  /** @param rows of a page. */
  press(presses: readonly string[], rows: number): void {
    for (const press of presses) {
      const intent = intentOf(this.#state, press, rows);
      if (intent === undefined) continue;
      if (intent.type === "quit") this.#quit();
      else if (intent.type === "command") void this.#send(intent.command);
      else this.#take(intent, true);
    }
  }

  [Symbol.dispose](): void {
    this.#ending.abort();
    clearTimeout(this.#frame);
    clearInterval(this.#ticker);
  }

  async #send(command: TuiCommand): Promise<void> {
    this.#take({ type: "sent", command }, true);
    try {
      const backend = await sendCommand(this.#access, command, this.#ending.signal);
      this.#take({ type: "answered", command, backend, nowMs: Date.now() }, true);
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      if (!(error instanceof AdminCallError)) throw error;
      const faults = error.faults.map(({ file, line, message }) => ` ${file}:${line ?? ""} ${message}`);
      this.#take(
        { type: "failed", command, words: error.message + faults.join(";"), nowMs: Date.now() },
        true,
      );
    }
  }

  #tick(): void {
    const { link, notice } = this.#state;
    if (link.kind !== "live" || notice !== undefined) this.#take({ type: "tick", nowMs: Date.now() }, true);
  }

  #take(action: TuiAction, now: boolean): void {
    this.#state = reduce(this.#state, action);
    if (now) this.#show();
    else this.#frame ??= setTimeout(() => this.#show(), Math.max(0, this.#shownAtMs + frameMs - Date.now()));
  }

  #show(): void {
    clearTimeout(this.#frame);
    this.#frame = undefined;
    this.#shownAtMs = Date.now();
    this.#shown = this.#state;
    for (const listener of this.#listeners) listener();
  }
}
