import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ByteStream, StreamOwner } from "@octoproxy/lib/transport/tunnel-stream";

/** Bytes kept while nobody reads, before the application is paused: for a server that takes its time with thousands. */
const keptLimit = 8 * 1024;
/** The most that is read at once for a reader that does not know what it can pass on: it may have to be kept. */
const unknownAppetite = 64 * 1024;

/**
 * Owns an application's connection for readers that change: first a door, then nobody while a tunnel is being opened
 * (what comes meanwhile is kept), then the tunnel. One call more per chunk, no listener moved.
 */
export class ReaderRelay implements StreamOwner {
  readonly #source: ByteStream;
  #reader: StreamOwner | undefined;
  /** Undefined while nothing is kept, which is for all of a tunnel's life but its beginning. */
  #kept: Uint8Array[] | undefined;
  #keptBytes = 0;
  /** The reader asked for a pause, or was set but not called yet. */
  #held = false;
  #sourcePaused = false;
  #ended = false;
  #failure: ProxyError | undefined;
  #cancelled: AbortController | undefined;

  constructor(source: ByteStream, reader: StreamOwner) {
    this.#source = source;
    this.#reader = reader;
    source.own(this);
  }

  /** Aborted with `ABORTED` when the connection breaks. */
  get broken(): AbortSignal {
    this.#cancelled ??= new AbortController();
    if (this.#failure !== undefined) this.#cancelled.abort(asAborted(this.#failure));
    return this.#cancelled.signal;
  }

  /** The reader is done, called from its `data`; `rest` is what it did not read of the chunk. */
  leave(rest: Uint8Array): void {
    this.#reader = undefined;
    if (rest.length === 0) return;
    const kept = this.#source.transient ? Uint8Array.from(rest) : rest;
    if (this.#kept === undefined) this.#kept = [kept];
    else this.#kept.unshift(kept);
    this.#keptBytes += rest.length;
  }

  /** The next reader; it gets what was kept, then what comes. It is not called before this has returned. */
  enter(reader: StreamOwner): void {
    if (this.#reader !== undefined) throw new Error("the stream is owned already");
    this.#reader = reader;
    // Who waited for the answer has it.
    this.#cancelled = undefined;
    if (this.#kept === undefined && !this.#sourcePaused && !this.#ended && this.#failure === undefined)
      return;
    this.#held = true;
    queueMicrotask(() => this.resume());
  }

  data(chunk: Uint8Array): boolean {
    const reader = this.#reader;
    if (reader !== undefined && !this.#held) return reader.data(chunk);
    this.#keep(chunk);
    this.#sourcePaused = reader !== undefined || this.#keptBytes >= keptLimit;
    return !this.#sourcePaused;
  }

  /** While nobody reads, as little as can be. */
  get appetite(): number {
    return this.#reader === undefined ? 0 : (this.#reader.appetite ?? unknownAppetite);
  }

  drain(): void {
    this.#reader?.drain();
  }

  end(): void {
    if (this.#reader === undefined || this.#held) this.#ended = true;
    else this.#reader.end();
  }

  reset(error: ProxyError): void {
    this.#failure = error;
    this.#cancelled?.abort(asAborted(error));
    this.#forget();
    if (!this.#held) this.#reader?.reset(error);
  }

  /** The reader goes on: first with what was kept. */
  resume(): void {
    this.#held = false;
    const reader = this.#reader;
    if (reader === undefined) return;
    if (this.#failure !== undefined) {
      reader.reset(this.#failure);
      return;
    }
    for (let chunk = this.#kept?.shift(); chunk !== undefined; chunk = this.#kept?.shift()) {
      this.#keptBytes -= chunk.length;
      const flows = reader.data(chunk);
      if (this.#reader !== reader) return;
      if (flows) continue;
      this.#held = true;
      return;
    }
    this.#kept = undefined;
    if (this.#ended) {
      this.#ended = false;
      reader.end();
    }
    this.#sourcePaused = false;
    this.#source.resume();
  }

  /** No reader is called any more. */
  stop(): void {
    this.#reader = undefined;
    this.#forget();
  }

  #keep(chunk: Uint8Array): void {
    this.#kept ??= [];
    this.#kept.push(this.#source.transient ? Uint8Array.from(chunk) : chunk);
    this.#keptBytes += chunk.length;
  }

  #forget(): void {
    this.#kept = undefined;
    this.#keptBytes = 0;
  }
}

const asAborted = (cause: ProxyError): ProxyError => new ProxyError("ABORTED", { cause });
