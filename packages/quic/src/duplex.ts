import { Duplex } from "node:stream";
import type { StreamHandle } from "./handles.ts";

export interface DuplexOptions {
  /** Code on the wire when the stream is destroyed before both sides are done. Default 0. */
  readonly abortCode?: number;
}

/**
 * A stream as Node's `Duplex`, half-open allowed: `end` sends FIN and reading goes on. `destroy` before both sides
 * are done resets and stops with the code; an abort by the peer destroys it with a `QuicError`.
 */
export const toDuplex = (stream: StreamHandle, options: DuplexOptions = {}): Duplex =>
  new QuicDuplex(stream, options.abortCode ?? 0);

type Done = (error?: Error | null) => void;

class QuicDuplex extends Duplex {
  readonly #stream: StreamHandle;
  readonly #abortCode: number;
  #wanted = false;
  #unsent: { readonly chunk: Uint8Array; readonly done: Done; offset: number } | undefined;

  constructor(stream: StreamHandle, abortCode: number) {
    super({ allowHalfOpen: true });
    this.#stream = stream;
    this.#abortCode = abortCode;
    stream.use({
      readable: () => this.#readable(),
      writable: () => this.#send(),
      stopped: (error) => this.destroy(error),
      aborted: (error) => this.destroy(error),
    });
    stream.watchReset();
  }

  override _read(): void {
    this.#wanted = true;
    this.#readable();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: Done): void {
    this.#unsent = { chunk, done, offset: 0 };
    this.#send();
  }

  override _final(done: Done): void {
    this.#stream.finish();
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#stream.destroy(this.#abortCode);
    const unsent = this.#unsent;
    this.#unsent = undefined;
    done(error);
    unsent?.done(error);
  }

  #readable(): void {
    while (this.#wanted && !this.destroyed) {
      const chunk = this.#stream.read();
      if (chunk !== undefined) this.#wanted = this.push(chunk);
      else if (this.#stream.ended) {
        this.#wanted = false;
        this.push(null);
      }
      if (this.#wanted && !this.#stream.more) return;
    }
    if (!this.destroyed) this.#stream.watchReset();
  }

  #send(): void {
    const unsent = this.#unsent;
    if (unsent === undefined) return;
    unsent.offset += this.#stream.write(unsent.chunk, unsent.offset);
    if (unsent.offset < unsent.chunk.length || this.#unsent === undefined) return;
    this.#unsent = undefined;
    unsent.done();
  }
}
