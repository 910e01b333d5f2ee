/** Bytes that came before they could be read, in their order. */
export class KeptBytes {
  #chunks: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Keeps `chunk` from `at` on. `transient` chunks are copied. */
  add(chunk: Uint8Array, at: number, transient: boolean): void {
    if (at === chunk.length) return;
    this.#chunks.push(transient ? Uint8Array.from(chunk.subarray(at)) : chunk.subarray(at));
    this.#length += chunk.length - at;
  }

  /** The chunk that came first; undefined when nothing is kept. */
  get first(): Uint8Array | undefined {
    return this.#chunks[0];
  }

  /** Forgets so many bytes of the first chunk. */
  dropOfFirst(bytes: number): void {
    const first = this.#chunks[0];
    if (first === undefined) return;
    this.#length -= bytes;
    if (bytes === first.length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(bytes);
  }

  /** Everything as one chunk. */
  takeAll(): Uint8Array {
    const all = Buffer.concat(this.#chunks);
    this.clear();
    return all;
  }

  clear(): void {
    this.#chunks = [];
    this.#length = 0;
  }
}
