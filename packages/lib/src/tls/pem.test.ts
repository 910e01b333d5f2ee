import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzing } from "../testing/fuzzing.ts";
import { readPem, writePem } from "./pem.ts";

const piece = fc.constantFrom(
  "-----BEGIN CERTIFICATE-----",
  "-----END CERTIFICATE-----",
  "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n",
  "-----END RSA PRIVATE KEY-----",
  "-----BEGIN ",
  "-----END ",
  "-----",
  "\n",
  "\r\n",
  "QUJD",
);
const texts = fc
  .array(fc.oneof(piece, fc.string({ maxLength: 20 })), { maxLength: 40 })
  .map((pieces) => pieces.join(""));

test("any text is blocks, which stand in it", () => {
  fc.assert(
    fc.property(texts, (text) => {
      let at = 0;
      for (const { label, text: block } of readPem(text)) {
        const place = text.indexOf(block.slice(0, -1), at);
        assert.ok(place >= at, "in order, one behind the other");
        assert.ok(!label.includes("\n"));
        at = place + block.length - 1;
      }
    }),
    fuzzing("pem"),
  );
});

test("what is written is read back, whatever stands around it", () => {
  const label = fc.constantFrom("CERTIFICATE", "X509 CRL", "PRIVATE KEY");
  const remark = fc.string({ maxLength: 30 }).filter((text) => !text.includes("-"));
  fc.assert(
    fc.property(label, fc.uint8Array({ minLength: 1, maxLength: 300 }), remark, (name, der, around) => {
      const [block, more] = readPem(`${around}\n${writePem(name, der)}${around}`);
      assert.equal(block?.label, name);
      assert.deepEqual(Uint8Array.from(block?.der ?? []), der);
      assert.equal(more, undefined);
    }),
    fuzzing("pem-round-trip"),
  );
});
