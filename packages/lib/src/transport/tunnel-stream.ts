import type { ProxyError } from "../error/proxy-error.ts";

/**
 * Who reads from a {@link ByteStream}. Set once with `own`; called synchronously, never again after `reset`, and
 * never before `own` returned. None of the calls may throw.
 */
export interface StreamOwner {
  /**
   * Bytes arrived. They are the owner's only during the call where the stream is `transient`; otherwise for good.
   * @returns false to pause: nothing more arrives until `resume()`. A chunk is never offered twice.
   */
  data(chunk: Uint8Array): boolean;
  /** `write` may be called again after it returned false. */
  drain(): void;
  /**
   * Bytes that it can pass on at once: a source that can choose reads no more of them. Asked after each `data`.
   * Undefined: any number.
   */
  readonly appetite?: number | undefined;
  /** The other side sent its last byte (FIN). Writing goes on being possible. */
  end(): void;
  /** The stream ended early, both ways: a reset from the other side, or its connection died. The last call. */
  reset(error: ProxyError): void;
}

/**
 * Two directions of bytes with one owner: a tunnel of any transport, or a TCP socket behind the same face, so that
 * there is one splice. A plain object: no events, no `Duplex`, no allocation per chunk.
 * It starts paused; nothing is lost before `own`.
 */
export interface ByteStream {
  /** Chunks given to `data` are reused after the call: keeping one without a copy is corruption. */
  readonly transient: boolean;
  /** `write` keeps a reference to the chunk after it returned (a socket does, a framing transport copies). */
  readonly retains: boolean;
  /** Takes the stream and lets it flow. Throws when it is owned already. */
  own(owner: StreamOwner): void;
  /**
   * Sends a chunk; never an empty one. All of it is taken, whatever is returned. After `end` or `reset` it is a
   * no-op that returns true.
   * @returns false when the writer should wait for `drain`.
   */
  write(chunk: Uint8Array): boolean;
  /** Sends FIN after what was written. Reading goes on. Calling it twice is a no-op. */
  end(): void;
  /** Ends both directions at once and tells the other side (RST_STREAM, RESET_STREAM, TCP RST). No callback follows. */
  reset(error?: ProxyError): void;
  /** Lets `data` flow again after it returned false. A no-op otherwise. */
  resume(): void;
  /** Bytes that `write` would send at once, where what it cannot send costs memory. Undefined: any number. */
  readonly room?: number | undefined;
  /** Bytes that were written and that the stream still keeps; a stream that `retains` should know (sockets). */
  readonly unsent?: number | undefined;
  /**
   * Ends both directions without a reset once what was written is handed to the system, which still delivers it
   * (sockets). No callback follows.
   */
  destroySoon?(): void;
}

/** One tunnel of a multiplexed connection. */
export interface TunnelStream extends ByteStream {
  /** Number of the stream on its connection, for logs. */
  readonly id: number;
}
