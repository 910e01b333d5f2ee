import { ProxyError } from "../../error/proxy-error.ts";
import type { Refusal } from "../../tunnel/proxy-status.ts";
import type { IncomingTunnel, ListenerHandlers } from "../transport.ts";
import type { TunnelStream } from "../tunnel-stream.ts";
import type { LinkMessage } from "./link.ts";
import { MemoryConnection, type MemoryEnd } from "./memory-connection.ts";
import { MemoryStream } from "./memory-stream.ts";

export class MemoryServerConnection extends MemoryConnection {
  readonly #handlers: Pick<ListenerHandlers, "tunnel">;
  /** Tunnels that were asked for and not answered. */
  readonly #asked = new Map<number, AbortController>();

  constructor(end: MemoryEnd, handlers: Pick<ListenerHandlers, "tunnel">) {
    super(end);
    this.#handlers = handlers;
  }

  protected roleMessage(message: LinkMessage): void {
    if (message.type !== "open") return;
    // The client was told by GOAWAY that this one is not served.
    if (this.draining) return;
    const { id, authority } = message;
    this.lastServedId = id;
    const stream = new MemoryStream(id, this.window, this);
    this.streams.set(id, stream);
    const cancelled = new AbortController();
    this.#asked.set(id, cancelled);
    this.#handlers.tunnel(this.#incoming(stream, authority, cancelled.signal));
  }

  protected override resetReceived(id: number): void {
    this.#asked.get(id)?.abort(new ProxyError("ABORTED"));
    this.#asked.delete(id);
    super.resetReceived(id);
  }

  protected goawayReceived(): void {}

  protected abandoned(error: ProxyError): void {
    for (const cancelled of this.#asked.values()) cancelled.abort(error);
    this.#asked.clear();
  }

  #incoming(stream: MemoryStream, authority: string, cancelled: AbortSignal): IncomingTunnel {
    let answered = false;
    const answer = () => {
      if (answered) throw new Error(`tunnel ${stream.id} was answered already`);
      answered = true;
      this.#asked.delete(stream.id);
    };
    return {
      authority,
      connection: this,
      cancelled,
      accept: (): TunnelStream => {
        answer();
        this.send({ type: "accept", id: stream.id });
        return stream;
      },
      refuse: (refusal: Refusal): void => {
        answer();
        if (!this.streams.has(stream.id)) return;
        this.send({ type: "refuse", id: stream.id, refusal });
        stream.fail(new ProxyError("ABORTED"));
      },
    };
  }
}
