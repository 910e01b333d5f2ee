import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { ProxyError } from "../error/proxy-error.ts";
import { fuzzing } from "../testing/fuzzing.ts";
import {
  encodeHead,
  type Head,
  HeadDecoder,
  type HeadReader,
  maxHeadLength,
  pingHead,
} from "./head-codec.ts";
import { encodeOriginalHead, OriginalHeadDecoder, type OriginalVariant } from "./original-head-codec.ts";
import { maxProxyStatusLength, refusalOf } from "./proxy-status.ts";
import { encodeLimit, encodeRefusal, okReply, type Reply, ReplyDecoder } from "./reply-codec.ts";

const recorded = (variant: OriginalVariant, file: string): Buffer =>
  readFileSync(
    new URL(
      `../../src/transport/quic/fixtures/original-dialect/quic-${variant}/${file}.bin`,
      import.meta.url,
    ),
  );

/** The result, and what was left over, when `bytes` come in pieces that end at `cuts`. */
const inPieces = <T extends { readonly rest?: Uint8Array | undefined }>(
  decoder: { push(chunk: Uint8Array): T | undefined },
  bytes: Buffer,
  cuts: readonly number[],
): T | undefined => {
  const pool = Buffer.alloc(bytes.length);
  for (const [index, start] of [0, ...cuts].entries()) {
    const end = cuts[index] ?? bytes.length;
    const chunk = pool.subarray(0, end - start);
    bytes.copy(chunk, 0, start, end);
    const result = decoder.push(chunk);
    if (result !== undefined) {
      const rest = Buffer.concat([result.rest ?? Buffer.alloc(0), bytes.subarray(end)]);
      return { ...result, rest };
    }
    // What the decoder kept must be a copy: the pool is used again.
    pool.fill(0xff);
  }
  return undefined;
};

const refuses = (decoder: { push(chunk: Uint8Array): unknown }, bytes: Uint8Array): void => {
  assert.throws(
    () => decoder.push(bytes),
    (error) => error instanceof ProxyError && error.code === "PROTOCOL_ERROR",
  );
};

test("a head is u16 length and host:port, a ping is a length of 0", () => {
  assert.equal(encodeHead("example.test:443").toString("hex"), "00106578616d706c652e746573743a343433");
  assert.deepEqual(new HeadDecoder().push(pingHead), { target: "", rest: undefined });
  for (const bad of ["", "a b:1", "ü:1", "h\r\n:1", "x".repeat(maxHeadLength + 1)]) {
    assert.throws(() => encodeHead(bad), ProxyError);
  }
});

test("a head is read whatever the pieces, and what follows is not touched", () => {
  const bytes = Buffer.concat([encodeHead("[2001:db8::1]:8443"), Buffer.from("early bytes")]);
  for (let cut = 1; cut < bytes.length; cut++) {
    const head = inPieces<Head>(new HeadDecoder(), bytes, [cut]);
    assert.deepEqual(
      [head?.target, String(head?.rest)],
      ["[2001:db8::1]:8443", "early bytes"],
      `cut at ${cut}`,
    );
  }
});

test("a head that is too long or not printable is refused at once", () => {
  refuses(new HeadDecoder(), Buffer.from([0x04, 0x01]));
  refuses(new HeadDecoder(), Buffer.from([0xff, 0xff, 0x61]));
  for (const byte of [0x00, 0x0a, 0x20, 0x7f, 0xc3]) refuses(new HeadDecoder(), Buffer.from([0, 1, byte]));
});

test("a reply is OK, or ER with length and Proxy-Status, whatever the pieces", () => {
  assert.equal(Buffer.from(okReply).toString(), "OK");
  assert.equal(encodeLimit(16_384).toString("hex"), "4f4b00004000");
  const refusal = refusalOf(
    new ProxyError("CONNECTION_REFUSED", { nextHop: "203.0.113.7:1" }),
    "octoproxy-server",
  );
  const bytes = encodeRefusal(refusal);
  assert.equal(bytes.toString("latin1", 0, 2), "ER");
  assert.equal(bytes.readUInt16BE(2), bytes.length - 4);
  for (let cut = 1; cut < bytes.length; cut++) {
    const reply = inPieces<Reply & { rest?: Uint8Array | undefined }>(new ReplyDecoder(), bytes, [cut]);
    assert.equal(reply?.kind, "refused");
    assert.equal(reply?.kind === "refused" && reply.members[0]?.code, "CONNECTION_REFUSED");
  }
  const yes = Buffer.from("OKand bytes");
  for (let cut = 1; cut < yes.length; cut++) {
    const reply = inPieces<Reply & { rest?: Uint8Array | undefined }>(new ReplyDecoder(), yes, [cut]);
    assert.deepEqual([reply?.kind, String(reply?.rest)], ["ok", "and bytes"]);
  }
});

test("a refusal's words are cut to the limit, and a longer one is not read", () => {
  const members = Array.from({ length: 60 }, () => ({ identity: "hop", details: "ü".repeat(300) }));
  assert.ok(encodeRefusal({ status: 502, members }).length <= 4 + maxProxyStatusLength);
  refuses(new ReplyDecoder(), Buffer.from([0x45, 0x52, 0x08, 0x01]));
  refuses(new ReplyDecoder(), Buffer.from("HTTP/1.1 200"));
});

test("any bytes in any pieces give a head, wait, or are refused; memory stays within the cap", () => {
  const decoders: (() => HeadReader)[] = [() => new HeadDecoder(), () => new OriginalHeadDecoder()];
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 20 }), (chunks) => {
      for (const make of [...decoders, () => new ReplyDecoder()]) {
        const decoder = make();
        let fed = 0;
        for (const chunk of chunks) {
          let result: unknown;
          try {
            result = decoder.push(chunk);
          } catch (error) {
            assert.ok(error instanceof ProxyError && error.code === "PROTOCOL_ERROR");
            break;
          }
          fed += chunk.length;
          if (result !== undefined) break;
          assert.ok(fed <= 4096, `${fed} bytes are held`);
        }
      }
    }),
    fuzzing("tunnel-heads"),
  );
});

for (const variant of ["git", "crate"] as const) {
  test(`the original's heads (${variant}) are read and written as recorded`, () => {
    for (const [file, target] of [
      ["stream0-c2s", "127.0.0.1:23051"],
      ["stream4-c2s", "127.0.0.1:1"],
    ] as const) {
      const bytes = recorded(variant, file);
      const written = encodeOriginalHead(target, variant);
      assert.deepEqual(bytes.subarray(0, written.length), written);
      for (let cut = 1; cut < bytes.length; cut++) {
        const head = inPieces<Head>(new OriginalHeadDecoder(), bytes, [cut]);
        assert.deepEqual([head?.target, String(head?.rest)], [target, "hello-tunnel"], `cut at ${cut}`);
      }
    }
    const reply = inPieces<Reply & { rest?: Uint8Array | undefined }>(
      new ReplyDecoder(),
      recorded(variant, "stream0-s2c"),
      [],
    );
    assert.deepEqual([reply?.kind, String(reply?.rest)], ["ok", "hello-tunnel"]);
  });
}

test("the original's heads: what is neither variant, endless or empty is refused", () => {
  refuses(new OriginalHeadDecoder(), Buffer.from("GET / HTTP/1.1\r\n\r\n"));
  refuses(new OriginalHeadDecoder(), Buffer.from("CONNECT nowhere HTTP/1.0\r\n\r\n"));
  refuses(new OriginalHeadDecoder(), Buffer.from(`CONNECT ${"x".repeat(3000)}`));
  refuses(new OriginalHeadDecoder(), Buffer.from([0x00, 0x00]));
  refuses(new OriginalHeadDecoder(), Buffer.from([0x42, 0xff, 0x61]));
  assert.equal(new OriginalHeadDecoder().push(Buffer.from("C")), undefined);
});
