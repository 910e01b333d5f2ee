import { abortable } from "@octoproxy/lib/deadline/abortable";
import { Deadline } from "@octoproxy/lib/deadline/deadline";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";

/** Makes one authenticated connection to the server; see `ClientConnection`. */
export type Connect = (signal: AbortSignal) => Promise<ClientConnection>;

export interface ConnectionSetEvents {
  opened(connection: ClientConnection): void;
  /** A connection is gone; `error` where it did not end by our wish. */
  closed(connection: ClientConnection, error: ProxyError | undefined): void;
  failed(error: ProxyError): void;
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

  /** Connections that are neither draining nor dead, full ones included. */
  get usable(): number {
    let count = 0;
    for (const connection of this.#live) if (!connection.draining) count++;
    return count;
  }

  get all(): Iterable<ClientConnection> {
    return this.#live;
  }

  /**
   * A connection with room for a tunnel: one that is there, or a new one.
   * @throws ProxyError of the attempt, or the signal's reason; the attempt goes on for the others.
   */
  async take(signal: AbortSignal): Promise<ClientConnection> {
    const connection = this.ready ?? (await abortable(this.connect(), signal));
    if (connection.draining) throw new ProxyError("BACKEND_DRAINING");
    return connection;
  }

  /** Makes one more connection, or joins the attempt that is under way. */
  connect(): Promise<ClientConnection> {
    this.#attempt ??= this.#tryOnce().finally(() => {
      this.#attempt = undefined;
    });
    return this.#attempt;
  }

  async #tryOnce(): Promise<ClientConnection> {
    using deadline = new Deadline(this.#connectTimeoutMs, "BACKEND_TIMEOUT", this.#stop.signal);
    let connection: ClientConnection;
    try {
      connection = await this.#connect(deadline.signal);
    } catch (cause) {
      const error = ProxyError.from(cause, "BACKEND_UNREACHABLE");
      this.#events.failed(error);
      throw error;
    }
    if (deadline.signal.aborted) {
      connection.destroy();
      throw ProxyError.from(deadline.signal.reason, "ABORTED");
    }
    this.#live.add(connection);
    connection.closed.then((error) => {
      this.#live.delete(connection);
      this.#events.closed(connection, error);
    });
    this.#events.opened(connection);
    return connection;
  }

  /** Lets tunnels finish on what is there; new ones get connections of their own. */
  async retire(signal?: AbortSignal): Promise<void> {
    this.#abandonAttempt();
    await Promise.all([...this.#live].map((connection) => connection.close(signal)));
  }

  /** Resets every tunnel. */
  destroy(error?: ProxyError): void {
    this.#abandonAttempt();
    for (const connection of this.#live) connection.destroy(error);
  }

  #abandonAttempt(): void {
    this.#stop.abort(new ProxyError("ABORTED"));
    this.#stop = new AbortController();
  }
}
