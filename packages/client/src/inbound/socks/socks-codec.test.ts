import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzing } from "@octoproxy/lib/testing/fuzzing";
import fc from "fast-check";
import { readSocks4Request, readSocks5Greeting, readSocks5Request, type SocksStep } from "./socks-codec.ts";

type Reader = (bytes: Uint8Array) => SocksStep;

/** What is read when the bytes come one by one. */
const slowly = (read: Reader, bytes: Uint8Array): SocksStep => {
  for (let length = 0; length < bytes.length; length++) {
    const step = read(bytes.subarray(0, length));
    if (step.kind !== "more") return step;
  }
  return read(bytes);
};

const text = (word: string): number[] => [...Buffer.from(word, "latin1")];

const targetOf = (read: Reader, bytes: number[]): string => {
  const step = slowly(read, Uint8Array.from(bytes));
  assert.equal(step.kind, "request");
  if (step.kind !== "request") return "";
  assert.equal(step.length, bytes.length);
  assert.deepEqual(read(Uint8Array.from([...bytes, 1, 2, 3])), step);
  return `${step.target.host} ${step.target.port}`;
};

const replyOf = (read: Reader, bytes: number[]): number[] => {
  const step = slowly(read, Uint8Array.from(bytes));
  assert.equal(step.kind, "refuse");
  return step.kind === "refuse" ? [...step.reply] : [];
};

test("a SOCKS5 greeting that offers no authentication is taken, another is refused with FF", () => {
  assert.deepEqual(readSocks5Greeting(Uint8Array.of(5, 2, 1, 0)), {
    kind: "reply",
    reply: Uint8Array.of(5, 0),
    length: 4,
  });
  assert.deepEqual(replyOf(readSocks5Greeting, [5, 2, 1, 2]), [5, 0xff]);
  assert.deepEqual(replyOf(readSocks5Greeting, [5, 0]), [5, 0xff]);
});

test("SOCKS5 targets: IPv4, IPv6, a name, a literal as a name", () => {
  assert.equal(targetOf(readSocks5Request, [5, 1, 0, 1, 192, 0, 2, 1, 1, 187]), "192.0.2.1 443");
  const loopback = [...new Array(15).fill(0), 1];
  assert.equal(targetOf(readSocks5Request, [5, 1, 0, 4, ...loopback, 0, 80]), "::1 80");
  assert.equal(targetOf(readSocks5Request, [5, 1, 0, 3, 9, ...text("H.example"), 0, 80]), "h.example 80");
  assert.equal(targetOf(readSocks5Request, [5, 1, 0, 3, 3, ...text("::1"), 0, 80]), "::1 80");
  const longest = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(61)}`;
  assert.equal(targetOf(readSocks5Request, [5, 1, 0, 3, 253, ...text(longest), 0, 80]), `${longest} 80`);
});

const refused5: readonly [name: string, bytes: number[], reply: number][] = [
  ["BIND", [5, 2, 0, 1, 127, 0, 0, 1, 0, 80], 7],
  ["UDP ASSOCIATE", [5, 3, 0, 1, 127, 0, 0, 1, 0, 80], 7],
  ["an unknown command", [5, 9], 7],
  ["an unknown address type", [5, 1, 0, 2, 1], 8],
  ["another version", [4, 1], 1],
  ["a reserved byte", [5, 1, 1], 1],
  ["an empty name", [5, 1, 0, 3, 0, 0, 80], 1],
  ["port 0", [5, 1, 0, 1, 127, 0, 0, 1, 0, 0], 1],
  ["a name with a line break", [5, 1, 0, 3, 3, 97, 10, 98, 0, 80], 1],
  ["a name with a port", [5, 1, 0, 3, 4, ...text("h:80"), 0, 80], 1],
];
for (const [name, bytes, reply] of refused5) {
  test(`SOCKS5 refuses ${name} with ${reply}`, () => {
    assert.deepEqual(replyOf(readSocks5Request, bytes), [5, reply, 0, 1, 0, 0, 0, 0, 0, 0]);
  });
}

test("SOCKS4 and 4a targets", () => {
  assert.equal(targetOf(readSocks4Request, [4, 1, 1, 187, 192, 0, 2, 1, ...text("me"), 0]), "192.0.2.1 443");
  assert.equal(
    targetOf(readSocks4Request, [4, 1, 0, 80, 0, 0, 0, 1, 0, ...text("H.example"), 0]),
    "h.example 80",
  );
});

const refused4: readonly [name: string, bytes: number[]][] = [
  ["BIND", [4, 2]],
  ["port 0", [4, 1, 0, 0, 127, 0, 0, 1, 0]],
  ["a user id that is too long", [4, 1, 0, 80, 127, 0, 0, 1, ...new Array(256).fill(97)]],
  ["a name that is too long", [4, 1, 0, 80, 0, 0, 0, 1, 0, ...new Array(256).fill(97)]],
  ["an empty name", [4, 1, 0, 80, 0, 0, 0, 1, 0, 0]],
  ["a name with a space", [4, 1, 0, 80, 0, 0, 0, 1, 0, 97, 32, 98, 0]],
];
for (const [name, bytes] of refused4) {
  test(`SOCKS4 refuses ${name}`, () => {
    assert.deepEqual(replyOf(readSocks4Request, bytes), [0, 0x5b, 0, 0, 0, 0, 0, 0]);
  });
}

test("any bytes, cut anywhere, end in a request, a refusal or a wish for more, never in a throw", () => {
  const start = fc.constantFrom<number[]>(
    [5, 1, 0, 1],
    [5, 1, 0, 3],
    [5, 1, 0, 4],
    [4, 1, 0, 80],
    [5, 1],
    [],
  );
  const reader = fc.constantFrom<Reader>(readSocks5Greeting, readSocks5Request, readSocks4Request);
  fc.assert(
    fc.property(reader, start, fc.uint8Array({ maxLength: 600 }), (read, head, tail) => {
      const bytes = Uint8Array.from([...head, ...tail]);
      const whole = read(bytes);
      assert.deepEqual(slowly(read, bytes), whole);
      if (whole.kind === "more") assert.ok(bytes.length <= 8 + 256 + 256);
    }),
    fuzzing("socks"),
  );
});
