import type { ErrorCode } from "../error/codes.ts";
import type { BodyFraming } from "./body-framing.ts";
import { ChunkScanner, type PayloadSink } from "./chunk-scanner.ts";

/** Follows a body of any framing through the bytes of its connection, to know where it ends. It changes nothing. */
export class BodyReader {
  /** Bytes that are left of a counted body. */
  #remaining: number;
  readonly #chunks: ChunkScanner | undefined;

  /** @param code what a malformed body is reported as. @param payload gets the payload of chunks, without framing. */
  constructor(framing: BodyFraming, code: ErrorCode, payload?: PayloadSink) {
    this.#remaining = typeof framing === "number" ? framing : Number.POSITIVE_INFINITY;
    this.#chunks = framing === "chunked" ? new ChunkScanner(code, payload) : undefined;
  }

  /** The body is complete. One that ends with its connection never says so. */
  get done(): boolean {
    return this.#chunks === undefined ? this.#remaining === 0 : this.#chunks.done;
  }

  /**
   * Follows `chunk` from index `from` on.
   * @returns the index behind the part of the chunk that belongs to the body.
   * @throws ProxyError where the chunks are malformed.
   */
  take(chunk: Uint8Array, from: number): number {
    if (this.#chunks !== undefined) return this.#chunks.scan(chunk, from);
    const taken = Math.min(this.#remaining, chunk.length - from);
    this.#remaining -= taken;
    return from + taken;
  }
}
