import assert from "node:assert/strict";
import { test } from "node:test";
import { LogSink, type LogWriter } from "./log-sink.ts";

/** Holds each write until the test lets it end. */
class HeldWriter implements LogWriter {
  readonly written: string[] = [];
  #done: ((error: Error | undefined) => void) | undefined;

  write(text: string, done: (error: Error | undefined) => void): void {
    assert.equal(this.#done, undefined, "one write at a time");
    this.written.push(text);
    this.#done = done;
  }

  end(error?: Error): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(error);
  }
}

const tellDropped = (lines: number): string => `dropped ${lines}\n`;
const full = new Error("ENOSPC");

test("lines that come during a write are written together after it, in order", () => {
  const writer = new HeldWriter();
  const sink = new LogSink(writer, { tellDropped });
  for (const line of ["1\n", "2\n", "3\n"]) sink.write(line);
  writer.end();
  writer.end();
  assert.deepEqual(writer.written, ["1\n", "2\n3\n"]);
  assert.equal(sink.dropped, 0);
});

test("lines that cannot be written are counted, and told when lines go through again", () => {
  const writer = new HeldWriter();
  const sink = new LogSink(writer, { tellDropped });
  for (const line of ["1\n", "2\n", "3\n"]) sink.write(line);
  writer.end(full);
  writer.end(full);
  assert.equal(sink.dropped, 3);
  sink.write("4\n");
  writer.end();
  writer.end();
  assert.deepEqual(writer.written, ["1\n", "2\n3\n", "4\n", "dropped 3\n"]);
  sink.write("5\n");
  assert.equal(writer.written.at(-1), "5\n");
});

test("a telling that is lost itself is told again, and is not counted", () => {
  const writer = new HeldWriter();
  const sink = new LogSink(writer, { tellDropped });
  sink.write("1\n");
  writer.end(full);
  sink.write("2\n");
  writer.end();
  sink.write("3\n");
  writer.end(full);
  writer.end(full);
  sink.write("4\n");
  writer.end();
  assert.deepEqual(writer.written.slice(2), ["dropped 1\n", "3\n", "4\n", "dropped 2\n"]);
  assert.equal(sink.dropped, 2);
});

test("a reader that is stuck costs a bounded memory", () => {
  const writer = new HeldWriter();
  const sink = new LogSink(writer, { tellDropped, maxWaitingChars: 10 });
  for (let i = 0; i < 100; i++) sink.write("1234\n");
  assert.equal(sink.dropped, 97);
  writer.end();
  assert.equal(writer.written[1], "dropped 97\n1234\n1234\n");
});

test("flushing waits for the last line, but not for ever", async () => {
  const writer = new HeldWriter();
  const sink = new LogSink(writer, { tellDropped });
  await sink.flush(60_000);
  sink.write("1\n");
  sink.write("2\n");
  const flushed = sink.flush(60_000);
  writer.end();
  writer.end();
  await flushed;
  sink.write("3\n");
  await sink.flush(1);
});

test("a writer that fails at once does not grow the stack", () => {
  const sink = new LogSink({ write: (_text, done) => done(full) }, { tellDropped });
  for (let i = 0; i < 20_000; i++) sink.write("x\n");
  assert.equal(sink.dropped, 20_000);
});
