import { DynamicTable } from "./dynamic-table.ts";
import type { HeaderField } from "./header-field.ts";

interface Name {
  /** Number of the newest field with this name: the last of them to leave. */
  newest: number;
  /** Number of the field by its value. */
  readonly values: Map<string, number>;
}

/** A dynamic table that an encoder can look fields up in. The same field must not be added while it is present. */
export class SearchableTable extends DynamicTable {
  readonly #names = new Map<string, Name>();

  /** How old the field is (0 is the newest), or -1 where it is absent. */
  find(name: string, value: string): number {
    const number = this.#names.get(name)?.values.get(value);
    return number === undefined ? -1 : this.added - number;
  }

  /** How old the newest field with this name is, or -1 where there is none. */
  findName(name: string): number {
    const entry = this.#names.get(name);
    return entry === undefined ? -1 : this.added - entry.newest;
  }

  override add(field: HeaderField): boolean {
    if (!super.add(field)) return false;
    const [name, value] = field;
    const entry = this.#names.get(name);
    if (entry === undefined) {
      this.#names.set(name, { newest: this.added, values: new Map([[value, this.added]]) });
    } else {
      entry.newest = this.added;
      entry.values.set(value, this.added);
    }
    return true;
  }

  protected override dropped([name, value]: HeaderField): void {
    const entry = this.#names.get(name);
    if (entry === undefined) return;
    entry.values.delete(value);
    if (entry.values.size === 0) this.#names.delete(name);
  }
}
