import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ByteStream, StreamOwner } from "@octoproxy/lib/transport/tunnel-stream";
import { ReaderRelay } from "./reader-relay.ts";

/**
 * An application's connection as its next owner gets it: a stream like any other that has not been owned, although a
 * door read the request from it.
 */
export class ApplicationStream implements ByteStream {
  readonly #inner: ByteStream;
  readonly #relay: ReaderRelay;

  /** Takes `inner`; `door` reads from now on. */
  constructor(inner: ByteStream, door: StreamOwner) {
    this.#inner = inner;
    this.#relay = new ReaderRelay(inner, door);
  }

  get transient(): boolean {
    return this.#inner.transient;
  }

  get retains(): boolean {
    return this.#inner.retains;
  }

  /** Aborted with a ProxyError `ABORTED` when the application's connection breaks. */
  get broken(): AbortSignal {
    return this.#relay.broken;
  }

  /** The door is done, called from its `data`; `rest` is what it did not read of the chunk. */
  leaveDoor(rest: Uint8Array = noBytes): void {
    this.#relay.leave(rest);
  }

  own(owner: StreamOwner): void {
    this.#relay.enter(owner);
  }

  write(chunk: Uint8Array): boolean {
    return this.#inner.write(chunk);
  }

  end(): void {
    this.#inner.end();
  }

  reset(error?: ProxyError): void {
    this.#relay.stop();
    this.#inner.reset(error);
  }

  /** As that of a socket; a stream that is none is reset. */
  destroySoon(): void {
    if (this.#inner.destroySoon === undefined) {
      this.reset();
      return;
    }
    this.#relay.stop();
    this.#inner.destroySoon();
  }

  resume(): void {
    this.#relay.resume();
  }

  get unsent(): number | undefined {
    return this.#inner.unsent;
  }
}

const noBytes = new Uint8Array(0);
