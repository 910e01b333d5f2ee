import { fieldSize, type HeaderField } from "./header-field.ts";

/**
 * The dynamic table of RFC 7541 section 2.3.2: first in, first out, bounded by bytes. A ring, so that adding and
 * dropping move nothing. It can never hold more than `maxSize / 32` fields.
 */
export class DynamicTable {
  /** Fields ever added: the number of the newest one. A field's number less this is how old it is. */
  #added = 0;
  #length = 0;
  #size = 0;
  #maxSize: number;
  #ring: (HeaderField | undefined)[] = new Array(8).fill(undefined);

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get added(): number {
    return this.#added;
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes in use, 32 for each field included. */
  get size(): number {
    return this.#size;
  }

  get maxSize(): number {
    return this.#maxSize;
  }

  /** The field that is `age` steps older than the newest (0), or undefined where there is none. */
  at(age: number): HeaderField | undefined {
    if (age < 0 || age >= this.#length) return undefined;
    return this.#ring[(this.#added - age) & (this.#ring.length - 1)];
  }

  /**
   * Adds a field, dropping the oldest ones for it. One that is larger than the table empties it (section 4.4).
   * @returns false where the field did not fit.
   */
  add(field: HeaderField): boolean {
    const size = fieldSize(field[0], field[1]);
    this.#shrinkTo(this.#maxSize - size);
    if (size > this.#maxSize) return false;
    if (this.#length === this.#ring.length) this.#grow();
    this.#added += 1;
    this.#ring[this.#added & (this.#ring.length - 1)] = field;
    this.#length += 1;
    this.#size += size;
    return true;
  }

  /** Changes the bound in bytes, dropping what does not fit any more. */
  resize(maxSize: number): void {
    this.#maxSize = maxSize;
    this.#shrinkTo(maxSize);
  }

  /** Called with every field that leaves the table, and the number it was added under. */
  protected dropped(_field: HeaderField, _number: number): void {}

  #shrinkTo(bound: number): void {
    while (this.#size > bound && this.#length > 0) {
      const number = this.#added - this.#length + 1;
      const slot = number & (this.#ring.length - 1);
      const field = this.#ring[slot]!;
      this.#ring[slot] = undefined;
      this.#length -= 1;
      this.#size -= fieldSize(field[0], field[1]);
      this.dropped(field, number);
    }
  }

  #grow(): void {
    const wider: (HeaderField | undefined)[] = new Array(this.#ring.length * 2).fill(undefined);
    for (let age = 0; age < this.#length; age += 1) {
      wider[(this.#added - age) & (wider.length - 1)] = this.at(age);
    }
    this.#ring = wider;
  }
}
