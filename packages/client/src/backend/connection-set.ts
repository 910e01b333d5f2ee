import { Deadline } from "@octoproxy/lib/deadline/deadline";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";

/** Makes one authenticated connection to the server; see `ClientConnection`. */
export type Connect = (signal: AbortSignal) => Promise<ClientConnection>;

export interface ConnectionSetEvents {
  attempt(): void;
  opened(connection: ClientConnection): void;
  failed(error: ProxyError): void;
  /** The attempt was ended by `retire` or `destroy`. */
  abandoned(): void;
  /** A connection takes no more tunnels, whoever wished it. */
  draining(): void;
  /** A connection is gone; `error` where it did not end by our wish. */
  closed(error: ProxyError | undefined): void;
}

/**
 * The connections to one server: usually one, a second where the first is full or draining.
 * Attempts are shared: however many tunnels wait, one connection is being made at a time.
 */
export class ConnectionSet {
  readonly #connect: Connect;
  readonly #events: ConnectionSetEvents;
  readonly #connectTimeoutMs: number;
  readonly #live = new Set<ClientConnection>();
  #attempt: Promise<ClientConnection> | undefined;
  #stop = new AbortController();

  constructor(connect: Connect, connectTimeoutMs: number, events: ConnectionSetEvents) {
    this.#connect = connect;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#events = events;
  }

  /** The connection that takes the next tunnel, if there is one with room. */
  get ready(): ClientConnection | undefined {
    for (const connection of this.#live) {
      if (!connection.draining && connection.openStreams < connection.streamLimit) return connection;
    }
    return undefined;
  }

  /** Connections that may get new tunnels, full ones included. */
  get usable(): number {
    let count = 0;
    for (const connection of this.#live) if (!connection.draining) count++;
    return count;
  }

  /** Those that finish their tunnels included. */
  get all(): readonly ClientConnection[] {
    return [...this.#live];
  }

  /** The one whose figures stand for the backend's. */
  get newest(): ClientConnection | undefined {
    return [...this.#live].at(-1);
  }

  /**
   * Makes one more connection, or joins the attempt that is under way.
   * @throws ProxyError of the attempt; `BACKEND_DRAINING` where `retire` or `destroy` ended it.
   */
  connect(): Promise<ClientConnection> {
    if (this.#attempt !== undefined) return this.#attempt;
    const attempt = this.#tryOnce(this.#stop.signal).finally(() => {
      if (this.#attempt === attempt) this.#attempt = undefined;
    });
    this.#attempt = attempt;
    return attempt;
  }

  async #tryOnce(stop: AbortSignal): Promise<ClientConnection> {
    using deadline = new Deadline(this.#connectTimeoutMs, "BACKEND_TIMEOUT", stop);
    this.#events.attempt();
    let connection: ClientConnection;
    try {
      connection = await this.#connect(deadline.signal);
    } catch (cause) {
      stop.throwIfAborted();
      const error = ProxyError.from(cause, "BACKEND_UNREACHABLE");
      this.#events.failed(error);
      throw error;
    }
    if (stop.aborted) connection.destroy();
    stop.throwIfAborted();
    this.adopt(connection);
    return connection;
  }

  /** Takes a connection that was made elsewhere. One protocol at a time: those of another one finish their tunnels. */
  adopt(connection: ClientConnection): void {
    for (const other of this.#live) if (other.protocol !== connection.protocol) void other.close();
    this.#live.add(connection);
    void connection.drainBegun.then(() => this.#events.draining());
    void connection.closed.then((error) => {
      this.#live.delete(connection);
      this.#events.closed(error);
    });
    this.#events.opened(connection);
  }

  /** No new tunnels for a connection that does not answer; it ends with those that it has, or by its keep-alive. */
  shun(connection: ClientConnection): void {
    void connection.close();
  }

  /** Lets tunnels finish on what is there; new ones get connections of their own. Aborting destroys. */
  async retire(signal?: AbortSignal): Promise<void> {
    this.#abandonAttempt();
    await Promise.all([...this.#live].map((connection) => connection.close(signal)));
  }

  /** Resets every tunnel. */
  destroy(): void {
    this.#abandonAttempt();
    for (const connection of this.#live) connection.destroy(new ProxyError("ABORTED"));
  }

  /** Those who wait for it may be served elsewhere, or by another attempt. */
  #abandonAttempt(): void {
    if (this.#attempt === undefined) return;
    this.#attempt = undefined;
    this.#stop.abort(new ProxyError("BACKEND_DRAINING"));
    this.#stop = new AbortController();
    this.#events.abandoned();
  }
}
