import { ProxyError } from "../../error/proxy-error.ts";
import type { ClientConnection, Listener, ListenerHandlers, PeerIdentity } from "../transport.ts";
import { MemoryClientConnection } from "./client-connection.ts";
import { MemoryLink } from "./link.ts";
import { MemoryServerConnection } from "./server-connection.ts";

export interface MemoryListenerOptions {
  /** Tunnels at once on a connection. Default 16,384. */
  readonly streamLimit?: number | undefined;
  /** Bytes that one direction of a tunnel holds before its writer is told to wait. Default 64 KiB. */
  readonly window?: number | undefined;
}

const identity = (name: string): PeerIdentity => ({
  subject: `CN=${name}`,
  fingerprint: Array.from({ length: 32 }, () => "00").join(":"),
  names: [`DNS:${name}`],
});

let bound = 0;

/**
 * A server in the same process, for tests of everything that stands on the transport contract. It behaves as a
 * network would: windows, a stream limit, draining, messages in later turns, sudden death.
 */
export class MemoryListener implements Listener {
  readonly protocol = "memory";
  readonly address = `memory:${++bound}`;
  readonly #handlers: ListenerHandlers;
  readonly #streamLimit: number;
  readonly #window: number;
  readonly #connections = new Map<MemoryServerConnection, MemoryLink>();
  #closing = false;

  constructor(handlers: ListenerHandlers, options: MemoryListenerOptions = {}) {
    this.#handlers = handlers;
    this.#streamLimit = options.streamLimit ?? 16_384;
    this.#window = options.window ?? 65_536;
  }

  /**
   * What a client's dial would be.
   * @throws ProxyError `BACKEND_UNREACHABLE` when closed, `CERTIFICATE_REFUSED` with the handler's words.
   */
  async connect(signal?: AbortSignal): Promise<ClientConnection> {
    signal?.throwIfAborted();
    if (this.#closing) throw new ProxyError("BACKEND_UNREACHABLE");
    const link = new MemoryLink();
    const remoteAddress = `memory-client:${this.#connections.size + 1}`;
    const shared = { link, window: this.#window };
    const server = new MemoryServerConnection(
      { ...shared, end: 1, peer: identity("client"), remoteAddress },
      this.#handlers,
    );
    const client = new MemoryClientConnection(
      { ...shared, end: 0, peer: identity("server"), remoteAddress: this.address },
      this.#streamLimit,
    );
    this.#connections.set(server, link);
    void server.closed.then(() => this.#connections.delete(server));
    try {
      this.#handlers.connection(server);
    } catch (error) {
      const refusal = ProxyError.from(error, "INTERNAL");
      server.destroy(refusal);
      this.#handlers.refused(remoteAddress, refusal);
      throw new ProxyError("CERTIFICATE_REFUSED", { detail: refusal.message, cause: error });
    }
    return client;
  }

  /** The wires of every connection break without a word. */
  cut(): void {
    for (const link of this.#connections.values()) link.cut();
  }

  /** A stopped machine: nothing arrives on either side until `thaw`. */
  freeze(): void {
    for (const link of this.#connections.values()) link.freeze();
  }

  thaw(): void {
    for (const link of this.#connections.values()) link.thaw();
  }

  async close(signal?: AbortSignal): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#connections.keys()].map((connection) => connection.close(signal)));
  }

  destroy(): void {
    this.#closing = true;
    for (const connection of [...this.#connections.keys()]) connection.destroy();
  }
}
