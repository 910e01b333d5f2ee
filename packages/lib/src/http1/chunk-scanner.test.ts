import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ProxyError } from "../error/proxy-error.ts";
import { fuzzing } from "../testing/fuzzing.ts";
import { ChunkScanner } from "./chunk-scanner.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

/** What a body is read as: its payload, and how many bytes lie behind it. */
const read = (pieces: readonly Uint8Array[]) => {
  let payload = "";
  let rest = 0;
  const scanner = new ChunkScanner("BAD_REQUEST", (chunk, start, end) => {
    payload += Buffer.from(chunk.subarray(start, end)).toString("latin1");
  });
  for (const piece of pieces) rest += piece.length - scanner.scan(piece, 0);
  return { payload, rest, done: scanner.done };
};

const eachByte = (text: string): Uint8Array[] => [...bytes(text)].map((byte) => Uint8Array.of(byte));

const wellFormed: Readonly<Record<string, [string, string, number]>> = {
  empty: ["0\r\n\r\n", "", 0],
  "two chunks and what follows": ["3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nGET", "abc0123456789", 3],
  "zeros before a size": ["0003\r\nabc\r\n000\r\n\r\n", "abc", 0],
  "line ends as payload": ["4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n", 0],
  trailers: ["1\r\na\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\nrest", "a", 4],
  extensions: [`1;a;b=c;d="e\\"; "\r\na\r\n0;x\r\n\r\n`, "a", 0],
};

for (const [name, [text, payload, rest]] of Object.entries(wellFormed)) {
  test(`well-formed, cut at every byte: ${name}`, () => {
    const expected = { payload, rest, done: true };
    assert.deepEqual(read([bytes(text)]), expected);
    assert.deepEqual(read(eachByte(text)), expected);
    for (let cut = 1; cut < text.length; cut++) {
      assert.deepEqual(read([bytes(text.slice(0, cut)), bytes(text.slice(cut))]), expected);
    }
  });
}

const hostile: Readonly<Record<string, string>> = {
  "no size": "\r\nabc\r\n",
  "a size that is not hexadecimal": "g\r\n",
  "a size with 0x": "0x3\r\nabc\r\n0\r\n\r\n",
  "a signed size": "+3\r\nabc\r\n",
  "a negative size": "-1\r\n",
  "a size beyond 2^53": "fffffffffffffff\r\n",
  "a size of many zeros": "00000000000000\r\n\r\n",
  "a space before the size": " 3\r\nabc\r\n",
  "a space behind the size": "3 \r\nabc\r\n",
  "a bare line feed behind the size": "3\nabc\r\n0\r\n\r\n",
  "a carriage return without line feed behind the size": "3\rabc\r\n",
  "a chunk longer than its size": "3\r\nabcd\r\n0\r\n\r\n",
  "a bare line feed behind a chunk": "3\r\nabc\n0\r\n\r\n",
  "a bare carriage return behind a chunk": "3\r\nabc\rx",
  "a bare line feed in an extension": "3;a\nabc\r\n0\r\n\r\n",
  "a line feed in a quoted extension": '3;a="\n"\r\nabc\r\n0\r\n\r\n',
  "a carriage return in a quoted extension": '3;a="\r\nabc\r\n0\r\n\r\n',
  "an extension without a name": "3;\r\nabc\r\n",
  "an extension without a value": "3;a=\r\nabc\r\n",
  "an extension that is not a token": "3;a b\r\nabc\r\n",
  "text behind a quoted extension": '3;a="b"c\r\nabc\r\n',
  "endless extensions": `3;${"a".repeat(5000)}`,
  "extensions on every chunk": `1;${"a".repeat(50)}\r\na\r\n`.repeat(100),
  "a bare line feed at the end": "0\r\n\n",
  "a bare line feed behind the last chunk": "0\n\n",
  "a trailer without a colon": "0\r\nabc\r\n\r\n",
  "a folded trailer": "0\r\nA: b\r\n c\r\n\r\n",
  "a bare line feed in a trailer": "0\r\nA: b\nC: d\r\n\r\n",
  "white space in a trailer's name": "0\r\nA : b\r\n\r\n",
  "a control character in a trailer": "0\r\nA: \u0001\r\n\r\n",
  "Content-Length as a trailer": "0\r\nContent-length: 4\r\n\r\n",
  "Transfer-Encoding as a trailer": "0\r\ntransfer-encoding: chunked\r\n\r\n",
  "Host as a trailer": "0\r\nHost: x\r\n\r\n",
  "endless trailers": `0\r\n${"A: b\r\n".repeat(4000)}`,
};

for (const [name, text] of Object.entries(hostile)) {
  test(`refused, whole and one byte a piece: ${name}`, () => {
    const isRefusal = (error: unknown): boolean =>
      error instanceof ProxyError && error.code === "BAD_REQUEST";
    assert.throws(() => read([bytes(text)]), isRefusal);
    assert.throws(() => read(eachByte(text)), isRefusal);
  });
}

test("any payload in any chunks, cut anywhere, comes out as it went in", () => {
  const part = fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(fc.array(part), fc.array(fc.integer({ min: 1, max: 30 })), (parts, sizes) => {
      const text = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("");
      const pieces: Uint8Array[] = [];
      let rest: Uint8Array = bytes(`${text}0\r\n\r\nnext`);
      for (const size of sizes) {
        pieces.push(rest.subarray(0, size));
        rest = rest.subarray(size);
      }
      pieces.push(rest);
      assert.deepEqual(read(pieces), { payload: parts.join(""), rest: 4, done: true });
    }),
    fuzzing("chunks"),
  );
});

test("any bytes are chunks or a refusal, the same wherever they are cut", () => {
  const piece = fc.constantFrom(
    ...Object.values(wellFormed).map(([text]) => text),
    ...Object.values(hostile).filter((text) => text.length < 100),
    "\r\n",
    "\n",
    "0",
    "a;b=c",
    ";",
  );
  const texts = fc
    .array(fc.oneof(piece, fc.string({ unit: "binary-ascii", maxLength: 10 })), { maxLength: 6 })
    .map((pieces) => pieces.join(""));
  const outcome = (pieces: readonly Uint8Array[]): unknown => {
    try {
      return read(pieces);
    } catch (error) {
      assert.ok(error instanceof ProxyError, String(error));
      return error.code;
    }
  };
  fc.assert(
    fc.property(texts, fc.nat(), (text, place) => {
      const whole = outcome([bytes(text)]);
      const cut = place % (text.length + 1);
      assert.deepEqual(outcome(eachByte(text)), whole);
      assert.deepEqual(outcome([bytes(text.slice(0, cut)), bytes(text.slice(cut))]), whole);
    }),
    fuzzing("chunked-bodies"),
  );
});
