import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { certificatesOf, privateKeyOf, revocationListsOf } from "./pem.ts";
import { QuicError } from "./quic-error.ts";
import { fuzzRuns } from "./testing/fuzz-runs.ts";

const words = fc.constantFrom(
  "-----BEGIN CERTIFICATE-----",
  "-----END CERTIFICATE-----",
  "-----BEGIN X509 CRL-----",
  "-----END X509 CRL-----",
  "-----BEGIN PRIVATE KEY-----",
  "-----END PRIVATE KEY-----",
  "-----BEGIN ",
  "-----",
  "\n",
  "\r\n",
  "MIIB",
  "Proc-Type: 4,ENCRYPTED",
);

test("any text and any bytes are read or refused with a sentence", () => {
  const texts = fc
    .array(fc.oneof(words, fc.string({ maxLength: 20 })), { maxLength: 30 })
    .map((all) => all.join(""));
  fc.assert(
    fc.property(fc.oneof(texts, fc.uint8Array({ maxLength: 300 })), (value) => {
      for (const read of [certificatesOf, revocationListsOf, privateKeyOf]) {
        try {
          read("cert", value);
        } catch (error) {
          assert.ok(error instanceof QuicError && error.code === "BAD_OPTION", String(error));
        }
      }
    }),
    { numRuns: fuzzRuns },
  );
});
