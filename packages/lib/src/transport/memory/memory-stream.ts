import type { ProxyError } from "../../error/proxy-error.ts";
import type { StreamOwner, TunnelStream } from "../tunnel-stream.ts";
import type { LinkMessage } from "./link.ts";

/** What a stream needs of its connection. */
export interface StreamCarrier {
  send(message: LinkMessage): void;
  /** Both directions are over and read, or the stream was reset. Once. */
  streamDone(id: number): void;
}

/** Bytes in one `data` message, as a frame would hold. */
const maxFrameSize = 16_384;

/**
 * One end of a tunnel in memory. It copies what is written and, being `transient`, overwrites what it delivered, so
 * that an owner that keeps a slice is found out.
 */
export class MemoryStream implements TunnelStream {
  readonly transient = true;
  readonly retains = false;
  readonly id: number;
  readonly #carrier: StreamCarrier;
  readonly #received: Uint8Array[] = [];
  readonly #unsent: Uint8Array[] = [];
  #owner: StreamOwner | undefined;
  #flowing = false;
  #paused = false;
  #delivering = false;
  #credit: number;
  #owesDrain = false;
  #endWanted = false;
  #endSent = false;
  #endReceived = false;
  #endDelivered = false;
  #failure: ProxyError | undefined;
  #over = false;

  constructor(id: number, window: number, carrier: StreamCarrier) {
    this.id = id;
    this.#credit = window;
    this.#carrier = carrier;
  }

  own(owner: StreamOwner): void {
    if (this.#owner !== undefined) throw new Error(`stream ${this.id} is owned already`);
    this.#owner = owner;
    setImmediate(() => {
      this.#flowing = true;
      if (this.#failure !== undefined) owner.reset(this.#failure);
      else this.#pump();
    });
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over || this.#endWanted || chunk.length === 0) return true;
    this.#unsent.push(Uint8Array.from(chunk));
    this.#flush();
    if (this.#unsent.length === 0) return true;
    this.#owesDrain = true;
    return false;
  }

  end(): void {
    if (this.#over || this.#endWanted) return;
    this.#endWanted = true;
    this.#flush();
  }

  reset(_error?: ProxyError): void {
    if (this.#over) return;
    this.#carrier.send({ type: "reset", id: this.id });
    this.#finish();
    // Where it was never owned, a later owner must not be called either.
    this.#failure = undefined;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#pump();
  }

  /** From the connection: bytes arrived. */
  receive(chunk: Uint8Array): void {
    if (this.#over) return;
    this.#received.push(chunk);
    this.#pump();
  }

  /** From the connection: the other side sent FIN. */
  receiveEnd(): void {
    if (this.#over) return;
    this.#endReceived = true;
    this.#pump();
  }

  /** From the connection: the other side has room again. */
  receiveCredit(bytes: number): void {
    if (this.#over) return;
    this.#credit += bytes;
    this.#flush();
    this.#pump();
  }

  /** From the connection: the stream is gone. */
  fail(error: ProxyError): void {
    if (this.#over) return;
    this.#finish();
    this.#failure = error;
    if (this.#flowing) this.#owner?.reset(error);
  }

  #flush(): void {
    while (this.#credit > 0) {
      const first = this.#unsent[0];
      if (first === undefined) break;
      const size = Math.min(first.length, this.#credit, maxFrameSize);
      if (size === first.length) this.#unsent.shift();
      else this.#unsent[0] = first.subarray(size);
      this.#credit -= size;
      this.#carrier.send({ type: "data", id: this.id, chunk: first.slice(0, size) });
    }
    if (this.#endWanted && !this.#endSent && this.#unsent.length === 0) {
      this.#endSent = true;
      this.#carrier.send({ type: "end", id: this.id });
      this.#finishIfBothEnded();
    }
  }

  #pump(): void {
    if (!this.#flowing || this.#delivering) return;
    this.#delivering = true;
    this.#offerDrain();
    this.#deliver();
    this.#delivering = false;
  }

  #offerDrain(): void {
    if (!this.#owesDrain || this.#unsent.length > 0 || this.#over) return;
    this.#owesDrain = false;
    this.#owner?.drain();
  }

  #deliver(): void {
    while (!this.#paused && !this.#over) {
      const chunk = this.#received.shift();
      if (chunk === undefined) break;
      this.#carrier.send({ type: "credit", id: this.id, bytes: chunk.length });
      if (this.#owner?.data(chunk) === false) this.#paused = true;
      chunk.fill(0xee);
    }
    if (this.#paused || this.#over || !this.#endReceived || this.#endDelivered) return;
    this.#endDelivered = true;
    this.#owner?.end();
    this.#finishIfBothEnded();
  }

  #finishIfBothEnded(): void {
    if (this.#endSent && this.#endDelivered && !this.#over) this.#finish();
  }

  #finish(): void {
    this.#over = true;
    this.#received.length = 0;
    this.#unsent.length = 0;
    this.#carrier.streamDone(this.id);
  }
}
