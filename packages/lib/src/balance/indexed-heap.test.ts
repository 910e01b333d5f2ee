import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type HeapItem, IndexedHeap } from "./indexed-heap.ts";

interface Numbered extends HeapItem {
  value: number;
}
const numbered = (value: number): Numbered => ({ value, heapIndex: -1 });

test("the top is the least, whatever is added, changed and taken out", () => {
  const action = fc.record({
    what: fc.constantFrom("push", "remove", "update"),
    value: fc.nat(50),
    at: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
      const heap = new IndexedHeap<Numbered>((a, b) => a.value < b.value);
      const model: Numbered[] = [];
      for (const { what, value, at } of actions) {
        const item = model[at % Math.max(1, model.length)];
        if (what === "push" || item === undefined) {
          const added = numbered(value);
          model.push(added);
          heap.push(added);
        } else if (what === "remove") {
          model.splice(model.indexOf(item), 1);
          heap.remove(item);
          heap.remove(item);
        } else {
          item.value = value;
          heap.update(item);
        }
        assert.equal(
          heap.top?.value,
          model.length === 0 ? undefined : Math.min(...model.map((m) => m.value)),
        );
      }
    }),
  );
});

test("a change among 10,000 costs a logarithm of comparisons", () => {
  let comparisons = 0;
  const heap = new IndexedHeap<Numbered>((a, b) => {
    comparisons++;
    return a.value < b.value;
  });
  for (let value = 0; value < 10_000; value++) heap.push(numbered(value));
  comparisons = 0;
  for (let change = 0; change < 1000; change++) {
    const { top } = heap;
    top!.value += 20_000;
    heap.update(top!);
  }
  assert.ok(comparisons <= 1000 * (2 * Math.ceil(Math.log2(10_000)) + 1), `${comparisons / 1000} a change`);
});
