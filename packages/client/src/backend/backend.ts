import type { BackendLoad } from "@octoproxy/lib/balance/backend-load";
import { abortable } from "@octoproxy/lib/deadline/abortable";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import type { BackendEvents, BackendSettings, ProtocolInUse } from "./backend-face.ts";
import { type BackendEvent, type BackendState, initialState, transition } from "./backend-state.ts";
import { ConnectionSet } from "./connection-set.ts";
import type { Connector } from "./connector.ts";
import { Reconnection } from "./reconnection.ts";

/**
 * One server: kept connected ahead of need, tried again with back-off when it is lost.
 * Its state changes only in `#apply`.
 */
export class Backend {
  readonly load: BackendLoad;
  readonly #connector: Connector;
  readonly #connections: ConnectionSet;
  readonly #reconnection: Reconnection;
  readonly #events: BackendEvents;
  #settings: BackendSettings;
  #state: BackendState;
  #closing = false;
  #inUse: ProtocolInUse | undefined;

  constructor(settings: BackendSettings, load: BackendLoad, connector: Connector, events: BackendEvents) {
    this.#settings = settings;
    this.load = load;
    this.#events = events;
    this.#state = initialState(settings.name, settings.startsClosed, performance.now());
    const { retryTimeoutMs: capMs, maxRetries } = settings;
    this.#reconnection = new Reconnection({ capMs, maxRetries }, () => this.#connect());
    this.#connector = connector;
    connector.listener = {
      better: (connection) => this.#onBetter(connection),
      silent: (connection) => this.gone(connection),
    };
    const connect = (signal: AbortSignal) => connector.connect(signal);
    this.#connections = new ConnectionSet(connect, settings.connectTimeoutMs, {
      attempt: () => this.#reconnection.began(),
      opened: (connection) => this.#onOpened(connection),
      failed: (error) => this.#onFailed(error),
      abandoned: () => this.#reconnection.abandoned(),
      draining: () => this.#onDraining(),
      closed: (error) => this.#onClosed(error),
    });
  }

  get settings(): BackendSettings {
    return this.#settings;
  }

  get name(): string {
    return this.#settings.name;
  }

  get weight(): number {
    return this.#settings.weight;
  }

  /** What a reload may change without another connection. */
  set weight(weight: number) {
    this.#settings = { ...this.#settings, weight };
  }

  get state(): BackendState {
    return this.#state;
  }

  /** Requests that await a sign of life of it. */
  doubts = 0;

  get doubtful(): boolean {
    return this.doubts > 0;
  }

  /**
   * A request that began then may wait for it: an attempt that began later has not failed yet.
   * @param isLost the connection of one that is up is lost, though its state does not say so yet.
   */
  mayComeUpFor(requestStartedAt: number, isLost = false): boolean {
    const { status } = this.#state;
    if (this.#closing || status === "force_closed" || (status === "normal" && !isLost)) return false;
    return !this.#reconnection.hasFailedSince(requestStartedAt);
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
    return this.#reconnection.nextAt;
  }

  /** Connects ahead of need. */
  start(): void {
    if (this.#state.status === "unknown") this.#connect();
  }

  /** A request needs a backend and none is up: tries as soon as the back-off lets a user's need, not after its wait. */
  hurry(): void {
    if (this.#closing || this.#state.status === "force_closed" || this.#state.status === "normal") return;
    this.#reconnection.soon();
  }

  /** A connection with room for a tunnel, at once; undefined where one has to be made first. */
  get ready(): ClientConnection | undefined {
    return this.#connections.ready;
  }

  /**
   * A connection with room for a tunnel, made if need be.
   * @throws ProxyError as connecting does, `BACKEND_DRAINING` where it is disabled or goes away; the signal's reason.
   */
  async take(signal: AbortSignal): Promise<ClientConnection> {
    return this.ready ?? (await this.another(signal));
  }

  /** One more connection, whether or not those that there are have room. @throws as `take` does. */
  another(signal: AbortSignal): Promise<ClientConnection> {
    const mayConnect = !this.#closing && this.#state.status !== "force_closed";
    if (!mayConnect) return Promise.reject(new ProxyError("BACKEND_DRAINING"));
    return abortable(this.#connections.connect(), signal);
  }

  /** That connection did not answer a ping: it gets no new tunnels, and another one is made. */
  gone(connection: ClientConnection | undefined): void {
    if (connection !== undefined) this.#connections.shun(connection);
    if (this.#connections.usable > 0) return;
    this.#apply({ kind: "lost", error: new ProxyError("BACKEND_TIMEOUT") });
    this.#reconnection.soon();
  }

  /** Ends, with their tunnels, the connections against which there is an objection. */
  expel(objection: (connection: ClientConnection) => ProxyError | undefined): void {
    for (const connection of this.#connections.all) {
      const error = objection(connection);
      if (error === undefined) continue;
      this.#events.expelled({ backend: this.name, tunnels: connection.openStreams, error });
      connection.destroy(error);
    }
  }

  /** No new tunnels; those that are open finish. */
  disable(): void {
    if (!this.#apply({ kind: "disabled" })) return;
    this.#endAttempts();
    void this.#connections.retire();
  }

  enable(): void {
    if (this.#apply({ kind: "enabled" })) this.#reconnection.now();
  }

  /** A user wants it tried anew, at once: on a new connection, while tunnels on the old one finish. */
  reset(): void {
    if (this.#closing || this.#state.status === "force_closed") return;
    this.#apply({ kind: "reset" }); // one that was never connected is as it was, but its attempt may hang
    void this.#connections.retire();
    this.#reconnection.now();
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
    this.#reconnection.stop();
    this.#connector.stop();
  }

  #connect(): void {
    if (this.#closing || this.#state.status === "force_closed") return;
    this.#connections.connect().catch(() => undefined); // told by `failed`
  }

  #onOpened(connection: ClientConnection): void {
    this.#reconnection.succeeded();
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
    // Of a second connection only: the first one still serves.
    if (this.#connections.usable > 0) {
      this.#reconnection.abandoned();
      return;
    }
    this.#apply({ kind: this.#state.status === "normal" ? "lost" : "connect_failed", error });
    if (!this.#reconnection.failed()) {
      this.#apply({ kind: "gave_up", attempts: this.#reconnection.failures });
    }
    this.#events.attemptFailed();
  }

  /** Another connection is made ahead of need; new tunnels wait for it, or go elsewhere. */
  #onDraining(): void {
    if (this.#closing || this.#state.status !== "normal" || this.#connections.usable > 0) return;
    this.#reconnection.soon();
  }

  #onClosed(error: ProxyError | undefined): void {
    if (this.#closing || this.#connections.usable > 0) return;
    const lost = new ProxyError("BACKEND_LOST", {
      detail: error?.message ?? "the server closed the connection",
    });
    if (this.#apply({ kind: "lost", error: error ?? lost })) this.#reconnection.soon();
  }

  /** @returns whether the event changed anything. */
  #apply(event: BackendEvent): boolean {
    const { state, change } = transition(this.#state, event, performance.now());
    this.#state = state;
    if (change !== undefined) this.#events.changed(change);
    return change !== undefined;
  }
}
