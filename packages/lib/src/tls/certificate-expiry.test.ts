import assert from "node:assert/strict";
import { test } from "node:test";
import { dayMs, fixedNow, makeCa, makeClient, signerOfMade } from "./certificate.fixture.ts";
import { expiryOfAuthorities, expiryOfLists, expiryOfOwn } from "./certificate-expiry.ts";
import { readRevocationList } from "./x509/crl-codec.ts";
import { writeRevocationList } from "./x509/crl-writer.ts";

const at = (days: number): Date => new Date(fixedNow + days * dayMs);
const listOf = (name: string, days: number) =>
  readRevocationList(
    writeRevocationList(
      { thisUpdate: at(-1), nextUpdate: at(days), revoked: new Map(), number: 1n },
      signerOfMade(makeCa(name)),
    ),
  );

test("of authorities the first to end counts, of those that had not ended", () => {
  const bundle = [
    makeCa("old", { notAfter: at(-1) }),
    makeCa("long", { notAfter: at(300) }),
    makeCa("short", { notAfter: at(3) }),
  ].map(({ certificate }) => certificate);
  assert.deepEqual(expiryOfAuthorities("ca.crt", bundle, fixedNow), [
    { file: "ca.crt", holds: "authority", subject: "CN=short", notAfter: at(3) },
  ]);
  assert.deepEqual(expiryOfAuthorities("ca.crt", [makeClient(makeCa("one")).certificate], fixedNow), []);
});

test("of two lists of one authority the later counts, of two authorities the first to be without", () => {
  const lists = [listOf("one", 2), listOf("one", 30), listOf("two", 9)];
  assert.deepEqual(expiryOfLists("all.crl", lists), [
    { file: "all.crl", holds: "revocation_list", subject: "CN=two", notAfter: at(9) },
  ]);
  assert.deepEqual(expiryOfLists("none.crl", []), []);
});

test("names are printable", () => {
  const odd = makeClient(makeCa("one"), { commonName: "a\u001b[31m" });
  assert.equal(expiryOfOwn("me.crt", odd.certificate).subject.includes("\u001b"), false);
});
