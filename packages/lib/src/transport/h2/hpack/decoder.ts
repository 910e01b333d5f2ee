import { BlockReader } from "./block-reader.ts";
import { DynamicTable } from "./dynamic-table.ts";
import { fieldSize, type HeaderField } from "./header-field.ts";
import { broken, HpackError } from "./hpack-error.ts";
import { staticLength, staticTable } from "./static-table.ts";

/** What every encoder may use until it has heard otherwise (RFC 9113 section 6.5.2). */
const initialTableSize = 4096;
/** One for the smallest size of the interval and one for the last (RFC 7541 section 4.2). */
const maxSizeUpdates = 2;

/** Reads the header blocks of one direction of a connection, in the order in which they came. */
export class HpackDecoder {
  readonly #maxTableSize: number;
  readonly #maxHeaderListSize: number;
  readonly #table = new DynamicTable(initialTableSize);
  /** What the peer's encoder may set its table to; ours only once it has acknowledged the settings that say so. */
  #tableLimit: number;

  /**
   * @param maxTableSize bytes, the SETTINGS_HEADER_TABLE_SIZE that the peer is told; by default 4,096, which need
   *   not be told.
   * @param maxHeaderListSize bytes of the decoded list, 32 for each field included.
   */
  constructor(maxTableSize = initialTableSize, maxHeaderListSize = 65536) {
    this.#maxTableSize = maxTableSize;
    this.#maxHeaderListSize = maxHeaderListSize;
    this.#tableLimit = Math.max(maxTableSize, initialTableSize);
  }

  /** Bytes that the dynamic table holds now. */
  get tableSize(): number {
    return this.#table.size;
  }

  /**
   * The peer has acknowledged our SETTINGS: from here on a table above `maxTableSize` is an error. Needed only where
   * that is below 4,096.
   */
  settingsAcknowledged(): void {
    this.#tableLimit = this.#maxTableSize;
  }

  /**
   * Decodes one whole header block (CONTINUATION joined, no padding). Never-indexed fields look like all others: who
   * forwards fields has to know better.
   * @throws HpackError only: see its codes.
   */
  decode(block: Uint8Array): HeaderField[] {
    const reader = new BlockReader(block);
    this.#readSizeUpdates(reader);
    const fields: HeaderField[] = [];
    let size = 0;
    while (!reader.done) {
      const field = this.#readField(reader);
      size += fieldSize(field[0], field[1]);
      // A block too large is read on, since its fields may enter the table, but kept no more.
      if (size > this.#maxHeaderListSize) fields.length = 0;
      else fields.push(field);
    }
    if (size > this.#maxHeaderListSize) {
      throw new HpackError(
        "LIST_TOO_LARGE",
        `a header list of ${size} bytes exceeds the limit of ${this.#maxHeaderListSize}`,
      );
    }
    return fields;
  }

  #readSizeUpdates(reader: BlockReader): void {
    for (let updates = 0; !reader.done && (reader.peek() & 0xe0) === 0x20; updates += 1) {
      if (updates === maxSizeUpdates) throw broken("a header block changes the table size more than twice");
      const size = reader.integer(5);
      if (size > this.#tableLimit) {
        throw broken(`a table size of ${size} bytes exceeds the limit of ${this.#tableLimit}`);
      }
      this.#table.resize(size);
    }
    if (this.#table.maxSize > this.#tableLimit) {
      throw broken("a header block does not begin with the table size update that the settings ask for");
    }
  }

  #readField(reader: BlockReader): HeaderField {
    const first = reader.peek();
    if (first >= 0x80) return this.#lookUp(reader.integer(7));
    if (first >= 0x40) {
      const field = this.#readLiteral(reader, 6);
      this.#table.add(field);
      return field;
    }
    if (first >= 0x20) throw broken("a table size update stands behind a header field");
    return this.#readLiteral(reader, 4); // with or without the never-indexed bit
  }

  #readLiteral(reader: BlockReader, prefixBits: number): HeaderField {
    const index = reader.integer(prefixBits);
    const name = index === 0 ? reader.string() : this.#lookUp(index)[0];
    return [name, reader.string()];
  }

  #lookUp(index: number): HeaderField {
    const field = index <= staticLength ? staticTable[index - 1] : this.#table.at(index - staticLength - 1);
    if (field === undefined) throw broken(`a header block refers to index ${index}, which does not exist`);
    return field;
  }
}
