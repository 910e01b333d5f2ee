import { ProxyError } from "../../error/proxy-error.ts";
import { errorOfRefusal } from "../../tunnel/proxy-status.ts";
import type { ClientConnection } from "../transport.ts";
import type { TunnelStream } from "../tunnel-stream.ts";
import type { LinkMessage } from "./link.ts";
import { MemoryConnection, type MemoryEnd } from "./memory-connection.ts";
import { MemoryStream } from "./memory-stream.ts";

interface Opening {
  resolve(stream: TunnelStream): void;
  reject(error: unknown): void;
}

export class MemoryClientConnection extends MemoryConnection implements ClientConnection {
  readonly streamLimit: number;
  readonly #openings = new Map<number, Opening>();
  #nextId = 1;

  constructor(end: MemoryEnd, streamLimit: number) {
    super(end);
    this.streamLimit = streamLimit;
  }

  async open(target: string, signal: AbortSignal): Promise<TunnelStream> {
    signal.throwIfAborted();
    if (this.over) throw new ProxyError("BACKEND_LOST");
    if (this.draining) throw new ProxyError("BACKEND_DRAINING");
    if (this.streams.size >= this.streamLimit) throw new ProxyError("STREAM_LIMIT");
    const id = this.#nextId;
    this.#nextId += 2;
    const stream = new MemoryStream(id, this.window, this);
    this.streams.set(id, stream);
    const { promise, resolve, reject } = Promise.withResolvers<TunnelStream>();
    const abort = () => {
      stream.reset();
      reject(signal.reason);
    };
    this.#openings.set(id, { resolve, reject });
    signal.addEventListener("abort", abort, { once: true });
    this.send({ type: "open", id, authority: target });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#openings.delete(id);
    }
  }

  protected roleMessage(message: LinkMessage): void {
    if (message.type === "accept") {
      const stream = this.streams.get(message.id);
      if (stream !== undefined) this.#openings.get(message.id)?.resolve(stream);
    } else if (message.type === "refuse") {
      this.#giveUp(message.id, errorOfRefusal(message.refusal));
    }
  }

  protected override resetReceived(id: number): void {
    this.#openings.get(id)?.reject(new ProxyError("BACKEND_LOST"));
    super.resetReceived(id);
  }

  protected goawayReceived(lastId: number): void {
    for (const id of this.#openings.keys()) {
      if (id > lastId) this.#giveUp(id, new ProxyError("BACKEND_DRAINING"));
    }
  }

  protected abandoned(error: ProxyError): void {
    for (const opening of this.#openings.values()) opening.reject(error);
  }

  #giveUp(id: number, error: ProxyError): void {
    this.streams.get(id)?.fail(error);
    this.#openings.get(id)?.reject(error);
  }
}
