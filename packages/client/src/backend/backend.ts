import type { BackendLoad } from "@octoproxy/lib/balance/backend-load";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import { BackOff } from "./back-off-policy.ts";
import type { BackendEvents, BackendSettings, ProtocolInUse } from "./backend-face.ts";
import { type BackendEvent, type BackendState, initialState, transition } from "./backend-state.ts";
import { ConnectionSet } from "./connection-set.ts";
import type { Connector } from "./connector.ts";

/**
 * One server: kept connected ahead of need, tried again with back-off when it is lost.
 * Its state changes only in `#apply`.
 */
export class Backend {
  readonly settings: BackendSettings;
  readonly load: BackendLoad;
  readonly #connector: Connector;
  readonly #connections: ConnectionSet;
  readonly #backOff: BackOff;
  readonly #events: BackendEvents;
  #state: BackendState;
  #retry: NodeJS.Timeout | undefined;
  #retryAt: number | undefined;
  #attemptUnderWay = false;
  #attemptAt = Number.NEGATIVE_INFINITY;
  #lastFailedAttemptAt = Number.NEGATIVE_INFINITY;
  #closing = false;
  #inUse: ProtocolInUse | undefined;

  constructor(settings: BackendSettings, load: BackendLoad, connector: Connector, events: BackendEvents) {
    this.settings = settings;
    this.load = load;
    this.#events = events;
    this.#state = initialState(settings.name, settings.startsClosed, performance.now());
    this.#backOff = new BackOff({ capMs: settings.retryTimeoutMs, maxRetries: settings.maxRetries });
    this.#connector = connector;
    connector.listener = {
      better: (connection) => this.#onBetter(connection),
      silent: (connection) => this.gone(connection),
    };
    const connect = (signal: AbortSignal) => connector.connect(signal);
    this.#connections = new ConnectionSet(connect, settings.connectTimeoutMs, {
      attempt: () => this.#onAttempt(),
      opened: (connection) => this.#onOpened(connection),
      failed: (error) => this.#onFailed(error),
      closed: (error) => this.#onClosed(error),
    });
  }

  get name(): string {
    return this.settings.name;
  }

  get weight(): number {
    return this.settings.weight;
  }

  get state(): BackendState {
    return this.#state;
  }

  /** A sign of life is awaited. */
  doubtful = false;

  /** A request that began then may wait for it: an attempt that began later has not failed yet. */
  mayComeUpFor(requestStartedAt: number): boolean {
    const { status } = this.#state;
    if (this.#closing || status === "force_closed" || status === "normal") return false;
    return this.#lastFailedAttemptAt < requestStartedAt;
  }

  /** The newest connection, for what people want to know about it. */
  get connection(): ClientConnection | undefined {
    return this.#connections.newest;
  }

  /** Undefined while it is not up. */
  get inUse(): ProtocolInUse | undefined {
    return this.#state.status === "normal" ? this.#inUse : undefined;
  }

  /** Why the protocol in use is not the first choice, or was not before: a phrase for a person. */
  get whyInUse(): string | undefined {
    return this.#connector.why;
  }

  /** When it is tried again by itself, by `performance.now()`. */
  get retryAt(): number | undefined {
    return this.#retryAt;
  }

  /** Connects ahead of need. */
  start(): void {
    if (this.#state.status === "unknown") this.#connect();
  }

  /** A request needs a backend and none is up: tries as soon as the back-off lets a user's need, not after its wait. */
  hurry(): void {
    if (this.#attemptUnderWay || this.#state.status === "normal") return;
    this.#connectIn(this.#backOff.hurryIn(performance.now()));
  }

  /** A connection with room for a tunnel, at once; undefined where one has to be made first. */
  get ready(): ClientConnection | undefined {
    return this.#connections.ready;
  }

  /**
   * A connection with room for a tunnel, made if need be.
   * @throws ProxyError as connecting does; the signal's reason.
   */
  take(signal: AbortSignal): Promise<ClientConnection> {
    if (this.#closing) return Promise.reject(new ProxyError("BACKEND_DRAINING"));
    return this.#connections.take(signal);
  }

  /** That connection did not answer a ping: it gets no new tunnels, and another one is made. */
  gone(connection: ClientConnection | undefined): void {
    if (connection !== undefined) this.#connections.shun(connection);
    if (this.#connections.usable > 0) return;
    this.#apply({ kind: "lost", error: new ProxyError("BACKEND_TIMEOUT") });
    this.#connect();
  }

  /** No new tunnels; those that are open finish. */
  disable(): void {
    if (!this.#apply({ kind: "disabled" })) return;
    this.#endAttempts();
    void this.#connections.retire();
  }

  enable(): void {
    if (this.#apply({ kind: "enabled" })) this.#connectAnew();
  }

  /** A user wants it tried anew, at once: on a new connection, while tunnels on the old one finish. */
  reset(): void {
    if (!this.#apply({ kind: "reset" })) return;
    void this.#connections.retire();
    this.#connectAnew();
  }

  /** Lets tunnels finish; aborting cuts them. */
  async close(signal: AbortSignal): Promise<void> {
    this.#closing = true;
    this.#endAttempts();
    await this.#connections.retire(signal);
  }

  destroy(): void {
    this.#closing = true;
    this.#endAttempts();
    this.#connections.destroy();
  }

  #endAttempts(): void {
    clearTimeout(this.#retry);
    this.#connector.stop();
  }

  #connectAnew(): void {
    this.#backOff.reset();
    this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#retryAt = undefined;
    if (this.#closing || this.#state.status === "force_closed") return;
    this.#connections.connect().catch(() => undefined); // told by `failed`
  }

  #onAttempt(): void {
    this.#attemptUnderWay = true;
    this.#attemptAt = performance.now();
    this.#backOff.attempt(this.#attemptAt);
  }

  #onOpened(connection: ClientConnection): void {
    this.#attemptUnderWay = false;
    this.#backOff.reset();
    const { protocol } = connection;
    const why = this.#connector.why;
    const before = this.inUse?.protocol;
    if (before !== protocol) this.#inUse = { protocol, sinceMs: performance.now() };
    this.#apply({ kind: "connected", protocol, why });
    if (before === undefined || before === protocol) return;
    this.#events.moved({ backend: this.name, from: before, to: protocol, why });
  }

  #onBetter(connection: ClientConnection): void {
    if (this.#closing || this.#state.status !== "normal") connection.destroy();
    else this.#connections.adopt(connection);
  }

  #onFailed(error: ProxyError): void {
    this.#attemptUnderWay = false;
    // Of a second connection only: the first one still serves.
    if (this.#connections.usable > 0) return;
    this.#lastFailedAttemptAt = this.#attemptAt;
    this.#apply({ kind: this.#state.status === "normal" ? "lost" : "connect_failed", error });
    this.#retryLater();
    this.#events.attemptFailed();
  }

  #onClosed(error: ProxyError | undefined): void {
    if (this.#closing || this.#connections.usable > 0) return;
    const lost = new ProxyError("BACKEND_LOST", {
      detail: error?.message ?? "the server closed the connection",
    });
    if (this.#apply({ kind: "lost", error: error ?? lost })) this.#connect();
  }

  #retryLater(): void {
    const waitMs = this.#backOff.failed(Math.random);
    if (waitMs === undefined) {
      this.#apply({ kind: "gave_up", attempts: this.#backOff.failures });
      return;
    }
    this.#connectIn(waitMs);
  }

  #connectIn(ms: number): void {
    clearTimeout(this.#retry);
    if (ms <= 0) {
      this.#connect();
      return;
    }
    this.#retryAt = performance.now() + ms;
    this.#retry = setTimeout(() => this.#connect(), ms);
  }

  /** @returns whether the event changed anything. */
  #apply(event: BackendEvent): boolean {
    const { state, change } = transition(this.#state, event, performance.now());
    this.#state = state;
    if (change !== undefined) this.#events.changed(change);
    return change !== undefined;
  }
}
