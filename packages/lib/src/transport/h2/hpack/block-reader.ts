import { broken } from "./hpack-error.ts";
import { decodeHuffman } from "./huffman-decode.ts";

/** Behind the prefix, seven bits each: values up to 2^28, far above what any limit here allows. */
const maxContinuationOctets = 4;
/** Kept between blocks; a longer string gets a buffer of its own. */
const scratch = Buffer.allocUnsafeSlow(4096);

/** Reads the two primitive types of RFC 7541 section 5 from one header block. */
export class BlockReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#position >= this.#bytes.length;
  }

  /** The next octet, not consumed; it begins a representation. */
  peek(): number {
    return this.#bytes[this.#position]!;
  }

  /**
   * An integer whose first `prefixBits` bits share the next octet.
   * @throws HpackError where it is cut or longer than five octets.
   */
  integer(prefixBits: number): number {
    const bytes = this.#bytes;
    if (this.#position >= bytes.length) throw broken("a header block ends within a representation");
    const mask = (1 << prefixBits) - 1;
    let value = bytes[this.#position++]! & mask;
    if (value < mask) return value;
    for (let octet = 0; octet < maxContinuationOctets; octet += 1) {
      if (this.#position >= bytes.length) throw broken("a header block ends within an integer");
      const byte = bytes[this.#position++]!;
      value += (byte & 0x7f) << (7 * octet);
      if (byte < 0x80) return value;
    }
    throw broken("an integer in a header block is too long");
  }

  /**
   * A string literal, raw or Huffman, as latin1. Its length is bounded by that of the block.
   * @throws HpackError where it is cut or its Huffman code is wrong.
   */
  string(): string {
    const bytes = this.#bytes;
    const huffman = this.#position < bytes.length && this.peek() >= 0x80;
    const length = this.integer(7);
    const from = this.#position;
    const to = from + length;
    if (to > bytes.length) throw broken("a header block ends within a string");
    this.#position = to;
    if (length === 0) return "";
    const most = huffman ? Math.floor((length * 8) / 5) : length;
    const out = most > scratch.length ? Buffer.allocUnsafeSlow(most) : scratch;
    if (huffman) return out.toString("latin1", 0, decodeHuffman(bytes, from, to, out));
    for (let position = from; position < to; position += 1) out[position - from] = bytes[position]!;
    return out.toString("latin1", 0, length);
  }
}
