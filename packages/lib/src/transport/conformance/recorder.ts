import { createHash, type Hash } from "node:crypto";
import type { ProxyError } from "../../error/proxy-error.ts";
import type { ByteStream, StreamOwner } from "../tunnel-stream.ts";

/** An owner that remembers what it was told and fails the test when it is told what it must not be. */
export class Recorder implements StreamOwner {
  readonly stream: ByteStream;
  /** Bytes that arrived. */
  received = 0;
  /** The first 64 KiB of them, for tests that look. */
  readonly head: Uint8Array[] = [];
  ended = false;
  failure: ProxyError | undefined;
  /** Set to false to pause at the next chunk; `flow()` goes on. */
  reading = true;
  readonly #hash: Hash = createHash("sha256");
  readonly #waiting: (() => void)[] = [];
  #drains = 0;
  #owning = true;
  #silent = false;

  constructor(stream: ByteStream, reading = true) {
    this.stream = stream;
    this.reading = reading;
    stream.own(this);
    this.#owning = false;
  }

  get text(): string {
    return Buffer.concat(this.head).toString("latin1");
  }

  /** SHA-256 of all that arrived. Once. */
  digest(): string {
    return this.#hash.digest("hex");
  }

  data(chunk: Uint8Array): boolean {
    this.#mustBeAlive("data");
    if (this.ended) throw new Error("data after end");
    if (chunk.length === 0) throw new Error("an empty chunk");
    this.received += chunk.length;
    this.#hash.update(chunk);
    if (this.received <= 65_536) this.head.push(Uint8Array.from(chunk));
    this.#notify();
    return this.reading;
  }

  drain(): void {
    this.#mustBeAlive("drain");
    this.#drains++;
    this.#notify();
  }

  end(): void {
    this.#mustBeAlive("end");
    if (this.ended) throw new Error("end twice");
    this.ended = true;
    this.#notify();
  }

  reset(error: ProxyError): void {
    this.#mustBeAlive("reset");
    this.failure = error;
    this.#notify();
  }

  /** Goes on reading. */
  flow(): void {
    this.reading = true;
    this.stream.resume();
  }

  /** Resets the stream; from here on no call may come. */
  abort(): void {
    this.#silent = true;
    this.stream.reset();
  }

  /** Writes and, where the stream asks for it, waits for `drain`. Resolves early when the stream was reset. */
  async send(chunk: Uint8Array): Promise<void> {
    const seen = this.#drains;
    if (this.stream.write(chunk)) return;
    await this.until(() => this.#drains > seen || this.failure !== undefined);
  }

  /** Resolves when `condition` holds; it is looked at after each call of the stream. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
  }

  #mustBeAlive(call: string): void {
    if (this.#owning) throw new Error(`${call} before own returned`);
    if (this.#silent) throw new Error(`${call} after we reset the stream`);
    if (this.failure !== undefined) throw new Error(`${call} after reset`);
  }

  #notify(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
