import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ByteStream, StreamOwner } from "@octoproxy/lib/transport/tunnel-stream";
import fc from "fast-check";
import { ReaderRelay } from "./reader-relay.ts";

/** A connection that the test feeds; it overwrites what it delivered, as a transient stream may. */
class Source implements ByteStream {
  readonly transient = true;
  readonly retains = false;
  #owner: StreamOwner | undefined;
  readonly #waiting: string[] = [];
  #paused = false;
  #ended = false;

  own(owner: StreamOwner): void {
    this.#owner = owner;
  }

  feed(text: string): void {
    this.#waiting.push(text);
    this.#pump();
  }

  feedEnd(): void {
    this.#ended = true;
    this.#pump();
  }

  feedReset(): void {
    this.#owner?.reset(new ProxyError("RESET"));
  }

  get paused(): boolean {
    return this.#paused;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#pump();
  }

  #pump(): void {
    while (!this.#paused && this.#waiting.length > 0) {
      const chunk = Buffer.from(this.#waiting.shift()!);
      this.#paused = this.#owner?.data(chunk) === false;
      chunk.fill(0xee);
    }
    if (this.#paused || !this.#ended) return;
    this.#ended = false;
    this.#owner?.end();
  }

  write(): boolean {
    return true;
  }
  end(): void {}
  reset(): void {}
}

/** Reads what comes and pauses at every `pace`-th chunk. */
class Reader implements StreamOwner {
  text = "";
  ends = 0;
  readonly errors: string[] = [];
  #chunks = 0;
  readonly #pace: number;

  constructor(pace = Number.POSITIVE_INFINITY) {
    this.#pace = pace;
  }

  data(chunk: Uint8Array): boolean {
    this.text += Buffer.from(chunk).toString();
    return ++this.#chunks % this.#pace !== 0;
  }
  drain(): void {}
  end(): void {
    this.ends++;
  }
  reset(error: ProxyError): void {
    this.errors.push(error.code);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("whatever comes before, while and after the reader changes arrives once, in order, with its end", async () => {
  const piece = fc.string({ minLength: 1, maxLength: 5 });
  const property = fc.asyncProperty(
    fc.array(piece),
    piece,
    fc.array(piece),
    fc.array(piece),
    fc.integer({ min: 1, max: 4 }),
    async (before, rest, between, after, pace) => {
      const source = new Source();
      const door = new Reader();
      const relay = new ReaderRelay(source, door);
      for (const text of before) source.feed(text);
      assert.equal(door.text, before.join(""));
      relay.leave(Buffer.from(rest));
      for (const text of between) source.feed(text);
      const reader = new Reader(pace);
      relay.enter(reader);
      assert.equal(reader.text, "");
      for (const text of after) source.feed(text);
      source.feedEnd();
      while (reader.ends === 0) {
        await turn();
        relay.resume();
      }
      assert.equal(reader.text, [rest, ...between, ...after].join(""));
      assert.equal(reader.ends, 1);
      assert.equal(door.text, before.join(""));
    },
  );
  await fc.assert(property);
});

test("with nobody reading, 8 KiB are kept and then the application waits", () => {
  const source = new Source();
  const relay = new ReaderRelay(source, new Reader());
  relay.leave(Buffer.alloc(0));
  source.feed("x".repeat(4096));
  assert.equal(source.paused, false);
  source.feed("x".repeat(4096));
  assert.equal(source.paused, true);
});

test("a break is told to the reader, to the signal, and to a reader that comes later", async () => {
  const source = new Source();
  const relay = new ReaderRelay(source, new Reader());
  relay.leave(Buffer.from("kept"));
  const { broken } = relay;
  source.feedReset();
  assert.ok(broken.aborted && broken.reason instanceof ProxyError && broken.reason.code === "ABORTED");
  const reader = new Reader();
  relay.enter(reader);
  assert.deepEqual(reader.errors, []);
  await turn();
  assert.deepEqual(reader.errors, ["RESET"]);
  assert.equal(reader.text, "");
});

test("after stop nobody is called", async () => {
  const source = new Source();
  const reader = new Reader();
  const relay = new ReaderRelay(source, reader);
  relay.stop();
  source.feed("x");
  source.feedEnd();
  await turn();
  assert.deepEqual([reader.text, reader.ends], ["", 0]);
});
