import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { smallestGathered, TurnGather } from "./turn-gather.ts";

const block = 128 * 1024;

/** A sink that keeps what it is given, as a socket does, until it is `taken`. */
class Keeper {
  readonly transient = false;
  readonly retains = true;
  readonly writes: Uint8Array[] = [];
  /** Copies of what was written, made at once: what the sink must still find later. */
  readonly expected: Buffer[] = [];
  unsent = 0;
  takesAtOnce = true;
  limit = Number.POSITIVE_INFINITY;

  own(): void {}
  end(): void {}
  reset(): void {}
  resume(): void {}

  write(chunk: Uint8Array): boolean {
    this.expected.push(Buffer.from(chunk));
    // What the system took at once is not looked at again.
    this.writes.push(this.takesAtOnce ? Buffer.from(chunk) : chunk);
    if (!this.takesAtOnce) this.unsent += chunk.length;
    return this.unsent < this.limit;
  }

  get lengths(): string {
    return this.writes.map(({ length }) => length).join();
  }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("bulk chunks of one turn are one write, small ones go at once where nothing waits before them", async () => {
  const sink = new Keeper();
  const gather = new TurnGather(sink);
  for (const length of [100, 16_384, 100, 16_384]) gather.write(new Uint8Array(length));
  await nextTurn();
  for (const length of [smallestGathered - 1, smallestGathered]) gather.write(new Uint8Array(length));
  await nextTurn();
  assert.equal(sink.lengths, `100,${16_384 + 100 + 16_384},4095,4096`);
});

test("128 KiB do not wait for the end of the turn, and the end of the stream waits for none", async () => {
  const sink = new Keeper();
  const gather = new TurnGather(sink);
  for (let chunk = 0; chunk < 9; chunk++) gather.write(new Uint8Array(16_384));
  assert.equal(sink.lengths, `${block}`);
  gather.release();
  assert.equal(sink.lengths, `${block},16384`);
  await nextTurn();
  assert.equal(sink.lengths, `${block},16384`);
});

test("many sinks share the turn's end", async () => {
  const sinks = Array.from({ length: 10 }, () => new Keeper());
  for (const sink of sinks) new TurnGather(sink).write(new Uint8Array(8_192));
  await nextTurn();
  for (const sink of sinks) assert.equal(sink.lengths, "8192");
});

test("a sink that is full is told of, also when its last write was that of the turn's end", async () => {
  const sink = new Keeper();
  const gather = new TurnGather(sink);
  sink.takesAtOnce = false;
  sink.limit = 2 * block;
  assert.equal(gather.write(new Uint8Array(block)), true, "exactly a block");
  assert.equal(gather.write(new Uint8Array(block)), false, "the limit is reached by exactly a block");
  sink.unsent = 2 * block - 5_000;
  assert.equal(gather.write(new Uint8Array(5_000)), false, "it was full, so it is asked again: still full");
  sink.unsent = 2 * block - 5_000;
  assert.equal(gather.write(new Uint8Array(1_000)), true);
  assert.equal(gather.write(new Uint8Array(4_096)), true, "gathered, nothing was asked");
  await nextTurn();
  assert.equal(gather.write(new Uint8Array(4_096)), false, "the turn's end filled it");
  sink.unsent = 0;
  assert.equal(gather.write(new Uint8Array(4_096)), true, "drained meanwhile");
});

test("what a sink keeps is never written over, whatever the sizes and however slow it is", async () => {
  const step = fc.record({
    length: fc.constantFrom(1, 100, 4_096, 16_384, 16_384, 70_000, block, 300_000),
    takesAtOnce: fc.boolean(),
    turn: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const sinks = [new Keeper(), new Keeper()];
      const gathers = sinks.map((sink) => new TurnGather(sink));
      const sent: Buffer[][] = [[], []];
      const scratch = new Uint8Array(300_000);
      let value = 0;
      for (const [index, { length, takesAtOnce, turn }] of steps.entries()) {
        const which = index % 2;
        sinks[which]!.takesAtOnce = takesAtOnce;
        const chunk = scratch.subarray(0, length).fill(++value);
        sent[which]!.push(Buffer.from(chunk));
        gathers[which]!.write(chunk);
        scratch.fill(0xff);
        if (turn) await nextTurn();
      }
      await nextTurn();
      for (const which of [0, 1]) {
        const { writes, expected } = sinks[which]!;
        assert.ok(Buffer.concat(expected).equals(Buffer.concat(sent[which]!)), "in order and whole");
        assert.ok(Buffer.concat(writes).equals(Buffer.concat(expected)), "kept bytes stay as they are");
      }
    }),
  );
});
