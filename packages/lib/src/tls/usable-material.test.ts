import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import test from "node:test";
import { makeCa, makeClient, trusting } from "./certificate.fixture.ts";
import type { TlsMaterial } from "./material.ts";
import { whyUnusable } from "./usable-material.ts";

const ca = makeCa("ca");
const materialOf = (cert: string, key: string, own = makeClient(ca).certificate): TlsMaterial => ({
  cert,
  key,
  ca: [ca.certificatePem],
  trust: trusting(ca),
  own,
  expiries: [],
});

test("what TLS takes is said nothing of", () => {
  const { certificatePem, keyPem, certificate } = makeClient(ca);
  assert.equal(whyUnusable(materialOf(certificatePem, keyPem, certificate), "me.crt"), undefined);
});

test("a key that is too short for TLS is told in words", () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 512 });
  const { certificatePem } = makeClient(ca, { publicKey });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  assert.match(
    whyUnusable(materialOf(certificatePem, key), "me.crt") ?? "",
    /^me\.crt is not taken by TLS: .*small/,
  );
});
