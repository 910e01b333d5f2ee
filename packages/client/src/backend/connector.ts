import type { ClientConnection } from "@octoproxy/lib/transport/transport";

/** What a connector tells between two calls of `connect`. */
export interface ConnectorListener {
  /** A connection of the first choice, made in the background: new tunnels go there. It is the listener's from now on. */
  better(connection: ClientConnection): void;
  /** No sign of life came from that connection although one was due. It may come to life again. */
  silent(connection: ClientConnection): void;
}

/** How one backend's connections are made. Belongs to one `Backend`. */
export interface Connector {
  listener: ConnectorListener | undefined;
  /** Why the connection in use is not of the first choice, or the one before it was not: a phrase for a person. */
  readonly why: string | undefined;
  /**
   * Makes one authenticated connection; see `ClientConnection`.
   * @throws ProxyError; the signal's reason when it is aborted.
   */
  connect(signal: AbortSignal): Promise<ClientConnection>;
  /** Ends what goes on in the background; `connect` may be called again. */
  stop(): void;
}
