import { encodeHuffman, huffmanLength } from "./huffman-encode.ts";

const initialLength = 256;
/** A block above this does not keep its buffer. */
const keptLength = 4096;

/** Writes the two primitive types of RFC 7541 section 5 into one header block after the other. */
export class BlockWriter {
  #bytes: Uint8Array = Buffer.allocUnsafeSlow(initialLength);
  #length = 0;
  readonly #huffman: boolean;

  /** `huffman`: write strings that way where it makes them no longer, as the examples of appendix C do. */
  constructor(huffman: boolean) {
    this.#huffman = huffman;
  }

  /** An integer; `flags` are the bits of the first octet that are not its prefix. */
  integer(flags: number, prefixBits: number, value: number): void {
    this.#reserve(6);
    const mask = (1 << prefixBits) - 1;
    if (value < mask) {
      this.#bytes[this.#length++] = flags | value;
      return;
    }
    this.#bytes[this.#length++] = flags | mask;
    let rest = value - mask;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** A string literal of bytes (latin1). */
  string(text: string): void {
    this.#reserve(text.length + 6);
    const coded = this.#huffman && text.length > 0 ? huffmanLength(text) : Infinity;
    if (coded <= text.length) {
      this.integer(0x80, 7, coded);
      this.#length = encodeHuffman(text, this.#bytes, this.#length);
      return;
    }
    this.integer(0, 7, text.length);
    for (let at = 0; at < text.length; at += 1) this.#bytes[this.#length++] = text.charCodeAt(at);
  }

  /** The block written since the last call, in memory of its own. */
  take(): Uint8Array {
    const block = Buffer.allocUnsafe(this.#length);
    for (let at = 0; at < block.length; at += 1) block[at] = this.#bytes[at]!;
    this.#length = 0;
    if (this.#bytes.length > keptLength) this.#bytes = Buffer.allocUnsafeSlow(initialLength);
    return block;
  }

  #reserve(room: number): void {
    const needed = this.#length + room;
    if (needed <= this.#bytes.length) return;
    const wider = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    wider.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = wider;
  }
}
