import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzing } from "../../../testing/fuzzing.ts";
import { HpackDecoder } from "./decoder.ts";
import { HpackEncoder } from "./encoder.ts";
import type { HeaderField } from "./header-field.ts";
import { HpackError, type HpackErrorCode } from "./hpack-error.ts";
import { decodeHuffman } from "./huffman-decode.ts";
import { encodeHuffman, huffmanLength } from "./huffman-encode.ts";
import { indexingOf } from "./indexing-policy.ts";
import { staticTable } from "./static-table.ts";

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");
const hex = (block: Uint8Array): string => Buffer.from(block).toString("hex");
const fails = (run: () => unknown, code: HpackErrorCode, words: RegExp): void => {
  assert.throws(
    run,
    (error) => error instanceof HpackError && error.code === code && words.test(error.message),
  );
};

const latin1 = (maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array).toString("latin1"));
const anyField: fc.Arbitrary<HeaderField> = fc.oneof(
  fc.constantFrom(...staticTable),
  fc.tuple(fc.constantFrom(":authority", ":status", "authorization", "x-a", "x-b"), latin1(40)),
  fc.tuple(latin1(20), latin1(300)),
);

test("what is encoded is decoded, whatever the bytes, the table sizes and the options", () => {
  const step = fc.record({
    fields: fc.array(anyField, { maxLength: 12 }),
    sizes: fc.array(fc.constantFrom(0, 31, 64, 100, 500, 4096, 65536), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.boolean(), (steps, huffman) => {
      const encoder = new HpackEncoder({ huffman });
      const decoder = new HpackDecoder();
      for (const { fields, sizes } of steps) {
        for (const size of sizes) encoder.setMaxTableSize(size);
        assert.deepEqual(decoder.decode(encoder.encode(fields)), fields);
        assert.equal(decoder.tableSize, encoder.tableSize);
        assert.ok(encoder.tableSize <= Math.min(4096, sizes.at(-1) ?? 4096));
      }
    }),
    fuzzing("hpack-round-trip"),
  );
});

test("arbitrary bytes never make a decoder throw anything but HpackError, nor hold more than its bounds", () => {
  const pieces = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(anyField, { maxLength: 8 }).map((fields) => new HpackEncoder().encode(fields)),
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (blocks) => {
      const decoder = new HpackDecoder(4096, 4096);
      for (const block of blocks) {
        try {
          const list = decoder.decode(block);
          assert.ok(list.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0) <= 4096);
        } catch (error) {
          if (!(error instanceof HpackError)) throw error;
          if (error.code === "COMPRESSION_ERROR") return;
        }
        assert.ok(decoder.tableSize <= 4096);
      }
    }),
    fuzzing("hpack"),
  );
});

test("a block cut at any byte is an error, or the fields before the cut", () => {
  const fields: HeaderField[] = [
    [":method", "CONNECT"],
    [":authority", "münchen.example.org:443"],
    ["authorization", "Basic c2VjcmV0"],
    ["x-long", "y".repeat(300)],
  ];
  for (const huffman of [false, true]) {
    const whole = new HpackEncoder({ huffman }).encode(fields);
    let errors = 0;
    for (let end = 0; end < whole.length; end += 1) {
      try {
        const list = new HpackDecoder().decode(whole.subarray(0, end));
        assert.deepEqual(list, fields.slice(0, list.length));
      } catch (error) {
        assert.ok(error instanceof HpackError && error.code === "COMPRESSION_ERROR");
        errors += 1;
      }
    }
    assert.equal(errors, whole.length - fields.length); // a cut between two fields is none
  }
});

test("each symbol has its code, alone and beside each other", () => {
  const room = new Uint8Array(4096);
  fc.assert(
    fc.property(latin1(400), (text) => {
      const end = encodeHuffman(text, room, 0);
      assert.equal(end, huffmanLength(text));
      const out = Buffer.alloc(Math.floor((end * 8) / 5));
      assert.equal(out.toString("latin1", 0, decodeHuffman(room, 0, end, out)), text);
    }),
    fuzzing("huffman"),
  );
  for (let symbol = 0; symbol < 256; symbol += 1) {
    const end = encodeHuffman(String.fromCharCode(symbol), room, 0);
    const out = Buffer.alloc(8);
    assert.equal(decodeHuffman(room, 0, end, out), 1);
    assert.equal(out[0], symbol);
  }
});

test("Huffman strings: EOS and wrong padding are refused", () => {
  const decode = (wire: string) => new HpackDecoder().decode(bytes(wire));
  // 'a' is 00011: padded by ones it is 0x1f.
  assert.deepEqual(decode("40 0161 81 1f"), [["a", "a"]]);
  fails(() => decode("40 0161 81 18"), "COMPRESSION_ERROR", /padded/); // by zeros
  fails(() => decode("40 0161 82 1fff"), "COMPRESSION_ERROR", /padded/); // more than seven bits
  fails(() => decode("40 0161 81 ff"), "COMPRESSION_ERROR", /padded/); // padding and nothing else
  fails(() => decode("40 0161 84 ffffffff"), "COMPRESSION_ERROR", /EOS/);
  fails(() => decode("40 0161 85 1ffffffffc"), "COMPRESSION_ERROR", /EOS/); // behind a symbol
});

test("indexes, integers and strings that do not exist or end too early are refused", () => {
  const decode = (wire: string) => new HpackDecoder().decode(bytes(wire));
  fails(() => decode("80"), "COMPRESSION_ERROR", /index 0/);
  fails(() => decode("be"), "COMPRESSION_ERROR", /index 62/);
  fails(() => decode("7f00 0161"), "COMPRESSION_ERROR", /index 63/);
  fails(() => decode("ff"), "COMPRESSION_ERROR", /ends within an integer/);
  fails(() => decode("ff80808080 00"), "COMPRESSION_ERROR", /too long/);
  fails(() => decode("ffffffffff 7f"), "COMPRESSION_ERROR", /too long/);
  // Zeros behind an integer are allowed, up to five octets.
  assert.deepEqual(decode(`40 0161 7f808000 ${"62".repeat(127)}`), [["a", "b".repeat(127)]]);
  fails(() => decode("40"), "COMPRESSION_ERROR", /ends within/);
  fails(() => decode("40 0261"), "COMPRESSION_ERROR", /ends within a string/);
  fails(() => decode("40 0161"), "COMPRESSION_ERROR", /ends within/);
  fails(() => decode("40 7fffffff7f"), "COMPRESSION_ERROR", /ends within a string/);
});

test("table size updates: at the front only, two at most, within the limit", () => {
  const decode = (wire: string, size?: number) => new HpackDecoder(size).decode(bytes(wire));
  assert.deepEqual(decode("20 3fe11f 82"), [[":method", "GET"]]);
  fails(() => decode("20 20 20 82"), "COMPRESSION_ERROR", /more than twice/);
  fails(() => decode("82 20"), "COMPRESSION_ERROR", /behind a header field/);
  fails(() => decode("3fe21f"), "COMPRESSION_ERROR", /4097 bytes exceeds the limit of 4096/);
  assert.deepEqual(decode("3fe23f 82", 8193), [[":method", "GET"]]);
});

test("a table size of ours below 4,096 binds the peer once it has acknowledged it", () => {
  const decoder = new HpackDecoder(100);
  decoder.decode(bytes("3fe11f 40 0161 0162")); // it cannot know yet
  decoder.settingsAcknowledged();
  fails(() => decoder.decode(bytes("82")), "COMPRESSION_ERROR", /does not begin with/);
  decoder.decode(bytes("3f45 82"));
  assert.equal(decoder.tableSize, 34);
  fails(() => decoder.decode(bytes("3f46")), "COMPRESSION_ERROR", /limit of 100/);
});

test("the encoder announces the smallest and the last size since its last block", () => {
  const encoder = new HpackEncoder();
  const announced = (...sizes: number[]): string => {
    for (const size of sizes) encoder.setMaxTableSize(size);
    return hex(encoder.encode([]));
  };
  assert.equal(announced(4096), "");
  assert.equal(announced(65536), ""); // more than it wants
  assert.equal(announced(0), "20");
  assert.equal(announced(0), "");
  assert.equal(announced(100, 20), "34");
  assert.equal(announced(100, 10, 4096), "2a3fe11f");
  assert.equal(announced(0, 4096), "203fe11f");
});

test("heads of tunnels: a target asked for again costs two bytes, a success one", () => {
  const encoder = new HpackEncoder();
  const head: HeaderField[] = [
    [":method", "CONNECT"],
    [":authority", "example.com:443"],
  ];
  assert.ok(encoder.encode(head).length < 25);
  assert.equal(hex(encoder.encode(head)), "bfbe");
  assert.equal(hex(encoder.encode([[":status", "200"]])), "88");
});

test("secrets are never indexed, passing values and large ones not at all", () => {
  const encoder = new HpackEncoder({ huffman: false });
  assert.equal(hex(encoder.encode([["proxy-authorization", "x"]])), "1f220178");
  assert.equal(hex(encoder.encode([["proxy-authorization", "x"]])), "1f220178");
  assert.equal(encoder.tableSize, 0);
  assert.equal(indexingOf("content-length", "5"), "without");
  assert.equal(indexingOf("x", "y".repeat(2000)), "without");
  assert.equal(indexingOf(":authority", "a:1"), "incremental");
});

test("characters that are not bytes become question marks, never other bytes", () => {
  const encoder = new HpackEncoder();
  const list = new HpackDecoder().decode(encoder.encode([["x-\u010a", "a\u010d\u010ab\u20ac"]]));
  assert.deepEqual(list, [["x-?", "a??b?"]]);
});

test("a list too large is an error of its own, and the table goes on in step", () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder(4096, 1000);
  const large: HeaderField[] = Array.from({ length: 40 }, (_, n) => [`x-${n}`, "v".repeat(20)]);
  fails(() => decoder.decode(encoder.encode(large)), "LIST_TOO_LARGE", /exceeds the limit of 1000/);
  assert.deepEqual(decoder.decode(encoder.encode(large.slice(30))), large.slice(30));
  assert.equal(decoder.tableSize, encoder.tableSize);
});

test("an HPACK bomb is refused without being unfolded", (t) => {
  const decoder = new HpackDecoder();
  const seed = new HpackEncoder({ huffman: false }).encode([["x", "a".repeat(1000)]]);
  decoder.decode(seed);
  const before = process.memoryUsage().heapUsed;
  fails(() => decoder.decode(Buffer.alloc(65536, 0xbe)), "LIST_TOO_LARGE", /exceeds/);
  const grown = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  t.diagnostic(`64 KiB of references to 67 MB of fields: heap +${grown.toFixed(1)} MB`);
  assert.ok(grown < 16);
});
