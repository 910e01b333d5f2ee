import type { StreamHandle } from "@octoproxy/quic/handles";

/**
 * Few bytes that must go out whole: a head, a reply. A new stream takes none of them while the connection's window is
 * full of the others' bytes; then they go when `writable` is told.
 */
export class ShortWrite {
  readonly #handle: StreamHandle;
  readonly #bytes: Uint8Array;
  #offset = 0;
  #finishing = false;

  constructor(handle: StreamHandle, bytes: Uint8Array) {
    this.#handle = handle;
    this.#bytes = bytes;
    this.go();
  }

  /** What has not gone out; whoever takes the stream over sends it first. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#offset);
  }

  /** Goes on; for `writable`. */
  go(): void {
    if (this.#offset < this.#bytes.length) {
      this.#offset += this.#handle.write(this.#bytes, this.#offset);
    }
    if (this.#finishing && this.#offset >= this.#bytes.length) this.#handle.finish();
  }

  /** FIN behind the last byte. */
  finish(): void {
    this.#finishing = true;
    this.go();
  }
}
