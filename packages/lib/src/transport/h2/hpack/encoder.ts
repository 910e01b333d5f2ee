import { BlockWriter } from "./block-writer.ts";
import { fieldSize, type HeaderField } from "./header-field.ts";
import { type Indexing, indexingOf } from "./indexing-policy.ts";
import { SearchableTable } from "./searchable-table.ts";
import { staticLength, staticNames } from "./static-table.ts";

/** What a decoder has until its settings say otherwise, and the most that is used here, whatever they allow. */
const mostTableSize = 4096;
const beyondLatin1 = /[^\u0000-\u00ff]/;
const bytesOnly = (text: string): string => text.replace(/[^\u0000-\u00ff]/g, "?");

export interface HpackEncoderOptions {
  /** Write strings as Huffman where it makes them shorter. Default true. */
  readonly huffman?: boolean | undefined;
  /** Which fields enter the dynamic table. Default `indexingOf`. */
  readonly indexing?: ((name: string, value: string) => Indexing) | undefined;
}

/** Writes the header blocks of one direction of a connection; they must be sent in this order. */
export class HpackEncoder {
  readonly #table = new SearchableTable(mostTableSize);
  readonly #writer: BlockWriter;
  readonly #indexing: (name: string, value: string) => Indexing;
  /** The smallest bound since the last block, where it is not yet told to the peer. */
  #smallestUntold: number | undefined;

  constructor(options: HpackEncoderOptions = {}) {
    this.#writer = new BlockWriter(options.huffman ?? true);
    this.#indexing = options.indexing ?? indexingOf;
  }

  /** Bytes that the dynamic table holds now; never more than 4,096. */
  get tableSize(): number {
    return this.#table.size;
  }

  /**
   * The peer's SETTINGS_HEADER_TABLE_SIZE in bytes. The next block begins with the updates that RFC 7541 section 4.2
   * asks for: the smallest size since the last block where it was lower than the final one, then the final one.
   */
  setMaxTableSize(size: number): void {
    const bound = Math.min(size, mostTableSize);
    if (bound === this.#table.maxSize) return;
    this.#table.resize(bound);
    this.#smallestUntold = Math.min(bound, this.#smallestUntold ?? bound);
  }

  /**
   * One whole header block, in memory of its own. Characters that are not bytes (above U+00FF) are sent as `?`: cut
   * down to eight bits they could become a line end.
   */
  encode(fields: readonly HeaderField[]): Uint8Array {
    if (this.#smallestUntold !== undefined) this.#writeSizeUpdates(this.#smallestUntold);
    for (const [name, value] of fields) this.#writeField(name, value);
    return this.#writer.take();
  }

  #writeSizeUpdates(smallest: number): void {
    if (smallest < this.#table.maxSize) this.#writer.integer(0x20, 5, smallest);
    this.#writer.integer(0x20, 5, this.#table.maxSize);
    this.#smallestUntold = undefined;
  }

  #writeField(name: string, value: string): void {
    const known = staticNames.get(name);
    const whole = known?.values.get(value);
    if (whole !== undefined) {
      this.#writer.integer(0x80, 7, whole);
      return;
    }
    const age = this.#table.find(name, value);
    if (age >= 0) {
      this.#writer.integer(0x80, 7, staticLength + 1 + age);
      return;
    }
    if (beyondLatin1.test(name) || beyondLatin1.test(value)) {
      this.#writeField(bytesOnly(name), bytesOnly(value));
      return;
    }
    this.#writeLiteral(name, value, known?.index ?? 0);
  }

  #writeLiteral(name: string, value: string, staticIndex: number): void {
    const indexing = this.#indexing(name, value);
    const fits = fieldSize(name, value) <= this.#table.maxSize;
    const nameAge = staticIndex === 0 ? this.#table.findName(name) : -1;
    const nameIndex = nameAge >= 0 ? staticLength + 1 + nameAge : staticIndex;
    if (indexing === "incremental" && fits) {
      this.#writer.integer(0x40, 6, nameIndex);
      this.#table.add([name, value]);
    } else {
      this.#writer.integer(indexing === "never" ? 0x10 : 0, 4, nameIndex);
    }
    if (nameIndex === 0) this.#writer.string(name);
    this.#writer.string(value);
  }
}
