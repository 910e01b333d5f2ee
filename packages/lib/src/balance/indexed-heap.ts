/** An item of a heap knows its place there, so that it can be taken out of the middle. */
export interface HeapItem {
  /** Written by the heap alone; -1 while it is in none. */
  heapIndex: number;
}

/** A binary heap: the item that comes before all others in O(1), adding and removing any in O(log n). */
export class IndexedHeap<Item extends HeapItem> {
  readonly #before: (a: Item, b: Item) => boolean;
  readonly #items: Item[] = [];

  constructor(before: (a: Item, b: Item) => boolean) {
    this.#before = before;
  }

  get top(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  /** A no-op where the item is in no heap. */
  remove(item: Item): void {
    const index = item.heapIndex;
    if (index < 0) return;
    item.heapIndex = -1;
    const last = this.#items.pop();
    if (last !== undefined && last !== item) this.#settle(last, index);
  }

  /** To be called when the order of an item has changed. */
  update(item: Item): void {
    this.#settle(item, item.heapIndex);
  }

  #settle(item: Item, index: number): void {
    if (!this.#rise(item, index)) this.#sink(item, index);
  }

  #rise(item: Item, from: number): boolean {
    let index = from;
    while (index > 0) {
      const parent = this.#items[(index - 1) >> 1]!;
      if (!this.#before(item, parent)) break;
      this.#put(parent, index);
      index = (index - 1) >> 1;
    }
    this.#put(item, index);
    return index !== from;
  }

  #sink(item: Item, from: number): void {
    let index = from;
    for (;;) {
      let child = this.#items[2 * index + 1];
      const right = this.#items[2 * index + 2];
      if (child === undefined) break;
      if (right !== undefined && this.#before(right, child)) child = right;
      if (!this.#before(child, item)) break;
      const vacated = child.heapIndex;
      this.#put(child, index);
      index = vacated;
    }
    this.#put(item, index);
  }

  #put(item: Item, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }
}
