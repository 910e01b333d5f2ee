import type { StreamHandle, StreamUser } from "@octoproxy/quic/handles";
import { ProxyError } from "../../error/proxy-error.ts";
import { countBuffer } from "../../lifecycle/buffer-garbage.ts";
import type { StreamOwner, TunnelStream } from "../tunnel-stream.ts";
import { abortCode } from "./close-code.ts";

/** What a stream needs of its connection. */
export interface StreamKeeper {
  /** Both directions are over. */
  tunnelDone(stream: QuicTunnelStream): void;
}

/** Reads of 64 KiB in a row before others get their turn. */
const readsPerTurn = 8;

/** A tunnel over a QUIC stream. */
export class QuicTunnelStream implements TunnelStream, StreamUser {
  /** Chunks are slices of a pool that is not used again. */
  readonly transient = false;
  /** QUIC copies what it takes, and we copy the rest. */
  readonly retains = false;
  readonly id: number;
  readonly #handle: StreamHandle;
  readonly #keeper: StreamKeeper;
  #owner: StreamOwner | undefined;
  #early: Uint8Array | undefined;
  #paused = true;
  #resumed = false;
  #pumping = false;
  #endTold = false;
  #failure: ProxyError | undefined;
  #over = false;
  #finishing = false;
  /** Copies of what flow control did not take; the first of them from `#offset` on. */
  readonly #backlog: Uint8Array[] = [];
  #offset = 0;

  /** `early` are bytes that came with the head or the reply. */
  constructor(handle: StreamHandle, keeper: StreamKeeper, early: Uint8Array | undefined) {
    this.id = handle.id;
    this.#handle = handle;
    this.#keeper = keeper;
    this.#early = early;
  }

  /** From here on what happens to the stream is ours. Nothing is read before there is an owner. */
  attach(): void {
    this.#handle.use(this);
    if (!this.#over) this.#handle.watchReset();
  }

  own(owner: StreamOwner): void {
    if (this.#owner !== undefined) throw new Error(`stream ${this.id} is owned already`);
    this.#owner = owner;
    this.#paused = false;
    queueMicrotask(() => {
      if (this.#failure !== undefined && !this.#over) this.#tellFailure(this.#failure);
      else this.#pump();
    });
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over || this.#failure !== undefined || this.#finishing) return true;
    const taken = this.#backlog.length > 0 ? 0 : this.#handle.write(chunk);
    if (taken >= chunk.length) return true;
    this.#backlog.push(Buffer.from(chunk.subarray(taken)));
    countBuffer(chunk.length - taken);
    return false;
  }

  end(): void {
    if (this.#over || this.#finishing) return;
    this.#finishing = true;
    if (this.#backlog.length === 0) this.#finish();
  }

  reset(): void {
    if (this.#over) return;
    this.#over = true;
    this.#handle.destroy(abortCode);
    this.#forget();
  }

  resume(): void {
    this.#resumed = true;
    if (!this.#paused || this.#owner === undefined) return;
    this.#paused = false;
    this.#pump();
  }

  /** The connection ends it: the owner is told `error`. */
  fail(error: ProxyError): void {
    if (this.#over || this.#failure !== undefined) return;
    this.#failure = error;
    this.#handle.destroy(abortCode);
    this.#forget();
    if (this.#owner !== undefined) this.#tellFailure(error);
  }

  readable(): void {
    this.#pump();
  }

  writable(): void {
    while (this.#backlog.length > 0) {
      const next = this.#backlog[0]!;
      this.#offset += this.#handle.write(next, this.#offset);
      if (this.#offset < next.length) return;
      this.#offset = 0;
      this.#backlog.shift();
    }
    if (this.#over || this.#failure !== undefined) return;
    if (this.#finishing) this.#finish();
    else this.#owner?.drain();
  }

  stopped(): void {
    this.fail(new ProxyError("RESET"));
  }

  aborted(error: { readonly code: string }): void {
    this.fail(new ProxyError(error.code === "RESET" ? "RESET" : "BACKEND_LOST"));
  }

  static #later(stream: QuicTunnelStream): void {
    stream.#pump();
  }

  #pump(): void {
    const owner = this.#owner;
    if (this.#pumping || this.#over || this.#failure !== undefined) return;
    if (owner === undefined || this.#paused) {
      this.#handle.watchReset();
      return;
    }
    this.#pumping = true;
    try {
      for (let reads = 0; !this.#paused; reads++) {
        if (reads === readsPerTurn) {
          setImmediate(QuicTunnelStream.#later, this);
          return;
        }
        const chunk = this.#take();
        if (chunk !== undefined) {
          this.#resumed = false;
          if (!owner.data(chunk) && !this.#resumed) this.#paused = true;
        } else if (this.#handle.ended) {
          this.#tellEnd(owner);
          return;
        }
        if (this.#over || this.#failure !== undefined) return;
        if (!this.#paused && !this.#handle.more && !this.#handle.ended) return;
      }
      this.#handle.watchReset();
    } finally {
      this.#pumping = false;
    }
  }

  #take(): Uint8Array | undefined {
    const early = this.#early;
    if (early === undefined) {
      const chunk = this.#handle.read();
      if (chunk !== undefined) countBuffer(chunk.length);
      return chunk;
    }
    this.#early = undefined;
    // What lies behind the early bytes is asked for at the next turn of the loop.
    this.#handle.more = true;
    return early;
  }

  #tellEnd(owner: StreamOwner): void {
    if (this.#endTold) return;
    this.#endTold = true;
    owner.end();
    this.#forgetWhenDone();
  }

  #tellFailure(error: ProxyError): void {
    this.#over = true;
    this.#owner?.reset(error);
  }

  #finish(): void {
    this.#handle.finish();
    this.#forgetWhenDone();
  }

  #forgetWhenDone(): void {
    if (this.#endTold && this.#handle.finished) this.#forget();
  }

  #forget(): void {
    this.#backlog.length = 0;
    this.#keeper.tunnelDone(this);
  }
}
