import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzing } from "../../testing/fuzzing.ts";
import { FrameReader, type FrameSink } from "./frame-reader.ts";
import {
  writeGoaway,
  writeHeaders,
  writePing,
  writePingAck,
  writeResetStream,
  writeSettings,
  writeSettingsAck,
  writeWindowUpdate,
} from "./frame-writer.ts";
import { Http2Fault } from "./http2-fault.ts";
import { OutputBlock } from "./output-block.ts";
import { clientPreface, frameType } from "./wire-constants.ts";

const written = (write: (out: OutputBlock) => void): string => {
  const out = new OutputBlock();
  write(out);
  return out.bytes.subarray(0, out.length).toString("hex");
};

/** Remembers what it is told, DATA joined whatever the cuts. */
class Memory implements FrameSink {
  readonly told: string[] = [];
  #data = "";

  frameBegin(type: number, flags: number, streamId: number, length: number): boolean {
    this.told.push(`${type} ${flags} ${streamId} ${length}`);
    return type !== 0xee;
  }

  dataChunk(chunk: Uint8Array): void {
    assert.ok(chunk.length > 0);
    this.#data += Buffer.from(chunk).toString("hex");
  }

  dataEnd(flags: number, overhead: number): void {
    this.told.push(`data ${flags} ${overhead} ${this.#data}`);
    this.#data = "";
  }

  frame(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    this.told.push(`frame ${type} ${flags} ${streamId} ${Buffer.from(payload).toString("hex")}`);
  }
}

const readWhole = (bytes: Uint8Array): string[] => {
  const memory = new Memory();
  new FrameReader(memory, false).receive(bytes);
  return memory.told;
};

test("frames are written byte by byte as RFC 9113 has them", () => {
  assert.equal(
    written((out) => out.data(0x01020304, Buffer.from("xabcx"), 1, 4, 1)),
    `000003000101020304616263`,
  );
  assert.equal(
    written((out) => writeHeaders(out, 3, Buffer.from("0102030405", "hex"), true, 2)),
    "0000020101000000030102" + "0000020900000000030304" + "00000109040000000305",
  );
  assert.equal(
    written((out) => writeHeaders(out, 3, Buffer.from("88", "hex"), false, 100)),
    "00000101040000000388",
  );
  assert.equal(
    written((out) =>
      writeSettings(out, [
        [4, 65_536],
        [0xf0c7, 1],
      ]),
    ),
    "00000c040000000000" + "000400010000" + "f0c700000001",
  );
  assert.equal(written(writeSettingsAck), "000000040100000000");
  assert.equal(
    written((out) => writePing(out, 1, 0xffffffff)),
    "00000806000000000000000001ffffffff",
  );
  assert.equal(
    written((out) => writePingAck(out, Buffer.from("0011223344556677", "hex"))),
    "0000080601000000000011223344556677",
  );
  assert.equal(
    written((out) => writeWindowUpdate(out, 5, 0x7fffffff)),
    "0000040800000000057fffffff",
  );
  assert.equal(
    written((out) => writeResetStream(out, 5, 8)),
    "00000403000000000500000008",
  );
  assert.equal(
    written((out) => writeGoaway(out, 7, 11, "calm")),
    "00000c070000000000" + "00000007" + "0000000b63616c6d",
  );
});

test("END_STREAM goes onto the last DATA frame while that is still in the block", () => {
  const out = new OutputBlock();
  out.data(1, Buffer.from("a"), 0, 1, 0);
  assert.equal(out.endLastData(3), false);
  assert.equal(out.endLastData(1), true);
  assert.equal(out.bytes.subarray(0, out.length).toString("hex"), "00000100010000000161");
  out.clear();
  assert.equal(out.endLastData(1), false);
});

test("frames are read the same cut at every byte", () => {
  const bytes = Buffer.from(
    "000003000100000001616263" + // DATA
      "000006000900000003020a0b0c0000" + // DATA, padded by 2
      "000001000800000003" +
      "00" + // DATA, all padding
      "000000000000000005" + // DATA, empty
      "000002010400000007" +
      "8884" + // HEADERS
      "000003ee0000000009" +
      "010203" + // unknown, skipped
      "000000040100000000" + // SETTINGS acknowledged
      "000008060000000000" +
      "0011223344556677", // PING
    "hex",
  );
  const whole = readWhole(bytes);
  assert.deepEqual(
    whole.filter((line) => line.startsWith("data")),
    ["data 1 0 616263", "data 9 3 0a0b0c", "data 8 1 ", "data 0 0 "],
  );
  assert.equal(whole.length, 8 + 7);
  for (let first = 0; first <= bytes.length; first++) {
    const memory = new Memory();
    const reader = new FrameReader(memory, false);
    reader.receive(bytes.subarray(0, first));
    reader.receive(bytes.subarray(first));
    assert.deepEqual(memory.told, whole);
  }
  const single = new Memory();
  const reader = new FrameReader(single, false);
  for (let at = 0; at < bytes.length; at++) reader.receive(bytes.subarray(at, at + 1));
  assert.deepEqual(single.told, whole);
});

test("any frames in any cuts", () => {
  const frame = fc.record({
    type: fc.constantFrom(...Object.values(frameType), 0xee),
    id: fc.nat(0x7fffffff),
    payload: fc.uint8Array({ maxLength: 300 }),
  });
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 8 }),
      fc.array(fc.nat(400), { maxLength: 30 }),
      (frames, cuts) => {
        const out = new OutputBlock();
        for (const { type, id, payload } of frames) {
          const at = out.frame(payload.length, type, 0, id);
          out.bytes.set(payload, at);
        }
        const bytes = out.bytes.subarray(0, out.length);
        const memory = new Memory();
        const reader = new FrameReader(memory, false);
        let at = 0;
        for (const cut of cuts) {
          reader.receive(bytes.subarray(at, at + cut));
          at = Math.min(bytes.length, at + cut);
        }
        reader.receive(bytes.subarray(at));
        assert.deepEqual(memory.told, readWhole(bytes));
      },
    ),
    fuzzing("http2-frames"),
  );
});

test("padding longer than the frame and a wrong preface are faults", () => {
  assert.throws(() => readWhole(Buffer.from("00000200080000000102ff", "hex")), Http2Fault);
  const reader = new FrameReader(new Memory(), true);
  reader.receive(clientPreface.subarray(0, 10));
  assert.throws(() => reader.receive(Buffer.from("GET / HTTP/1.1\r\n")), Http2Fault);
});

test("after stop nothing is told any more, not even of the chunk at hand", () => {
  const memory = new Memory();
  const reader = new FrameReader(
    {
      frameBegin: (type, flags, id, length) => memory.frameBegin(type, flags, id, length),
      dataChunk: () => reader.stop(),
      dataEnd: () => {},
      frame: () => {},
    },
    false,
  );
  reader.receive(Buffer.from("00000100000000000161" + "00000100000000000162", "hex"));
  assert.equal(memory.told.length, 1);
});
