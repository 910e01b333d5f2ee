import type { ProxyError } from "../error/proxy-error.ts";
import type { ByteStream, StreamOwner } from "../transport/tunnel-stream.ts";
import type { ByteCounts, CutTunnel } from "./tunnel-book.ts";

/** A stream that counts what passes, for tunnels that no splice joins. What is written to it is up. */
export class CountedStream implements ByteStream, ByteCounts, CutTunnel {
  readonly #inner: ByteStream;
  #owner: StreamOwner | undefined;
  bytesUp = 0;
  bytesDown = 0;

  constructor(inner: ByteStream) {
    this.#inner = inner;
  }

  get transient(): boolean {
    return this.#inner.transient;
  }

  get retains(): boolean {
    return this.#inner.retains;
  }

  get room(): number | undefined {
    return this.#inner.room;
  }

  own(owner: StreamOwner): void {
    this.#owner = owner;
    this.#inner.own(new CountingOwner(this, owner));
  }

  write(chunk: Uint8Array): boolean {
    this.bytesUp += chunk.length;
    return this.#inner.write(chunk);
  }

  end(): void {
    this.#inner.end();
  }

  reset(error?: ProxyError): void {
    this.#inner.reset(error);
  }

  resume(): void {
    this.#inner.resume();
  }

  get unsent(): number | undefined {
    return this.#inner.unsent;
  }

  /** Resets it, and tells its owner as if the other side had. */
  destroy(error: ProxyError): void {
    this.#inner.reset(error);
    this.#owner?.reset(error);
  }
}

class CountingOwner implements StreamOwner {
  readonly #counts: CountedStream;
  readonly #owner: StreamOwner;

  constructor(counts: CountedStream, owner: StreamOwner) {
    this.#counts = counts;
    this.#owner = owner;
  }

  data(chunk: Uint8Array): boolean {
    this.#counts.bytesDown += chunk.length;
    return this.#owner.data(chunk);
  }

  drain(): void {
    this.#owner.drain();
  }

  end(): void {
    this.#owner.end();
  }

  reset(error: ProxyError): void {
    this.#owner.reset(error);
  }
}
