import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { createSecureContext } from "node:tls";
import fc from "fast-check";
import { fuzzing } from "../testing/fuzzing.ts";
import { dayMs, fixedNow, makeCa, makeClient, makeServer, signerOfMade } from "./certificate.fixture.ts";
import { loadTlsMaterial, type MaterialFiles, pathsOf } from "./material.ts";
import { writePem } from "./pem.ts";
import { secureContextOptions } from "./secure-context.ts";
import { writeRevocationList } from "./x509/crl-writer.ts";

const root = mkdtempSync(join(tmpdir(), "material-"));
after(() => rmSync(root, { recursive: true, force: true }));

const ca = makeCa("octoproxy ca");
const middle = makeCa("middle", {}, ca);
const client = makeClient(middle);
const crl = writeRevocationList(
  { thisUpdate: new Date(fixedNow), nextUpdate: new Date(fixedNow + dayMs), revoked: new Map(), number: 1n },
  signerOfMade(ca),
);
const encrypted = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" },
}).privateKey;

const contents: Readonly<Record<string, string | Uint8Array>> = {
  "me.crt": `a remark\n${client.certificatePem}${middle.certificatePem}`,
  "me.key": client.keyPem,
  "reversed.crt": middle.certificatePem + client.certificatePem,
  "ca.crt": ca.certificatePem + makeCa("second").certificatePem,
  "ca.key": ca.keyPem,
  "crl.pem": writePem("X509 CRL", crl),
  "crl.der": crl,
  "encrypted.key": encrypted,
  "old.key":
    "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n",
  "broken.key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
  "broken.crt": `${client.certificatePem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
  "cut.crt": client.certificatePem.slice(0, 200),
  empty: "",
  "leaf-as-ca.crt": client.certificatePem,
  "old-ca.crt": makeCa("old", { notAfter: new Date(fixedNow - 1000) }).certificatePem,
};
for (const [name, content] of Object.entries(contents)) writeFileSync(join(root, name), content);
const written = (name: string, content: string): string => {
  writeFileSync(join(root, name), content);
  return name;
};

const good: MaterialFiles = { cert: "me.crt", key: "me.key", ca: "ca.crt", crl: ["crl.pem", "crl.der"] };
const load = (files: Partial<MaterialFiles>) =>
  loadTlsMaterial(
    { ...good, ...files },
    { purpose: "client", now: fixedNow, resolve: (file) => join(root, file) },
  );
const messages = (files: Partial<MaterialFiles>): string[] =>
  load(files).faults.map(({ message }) => message);

test("each path is told once, whatever it holds and however many name it", () => {
  const both = { cert: "me.pem", key: "me.pem", ca: "ca.crt" };
  const other = { cert: "b.crt", key: "b.key", crl: ["a.crl", "b.crl", "a.crl"] };
  assert.deepEqual(pathsOf([both, both, other]), ["me.pem", "ca.crt", "b.crt", "b.key", "a.crl", "b.crl"]);
  assert.deepEqual(pathsOf([]), []);
});

test("good files give what TLS and the judge need", () => {
  const { material, faults } = load({});
  assert.deepEqual(faults, []);
  assert.ok(material);
  assert.equal(material.trust.anchors.length, 2);
  assert.equal(material.trust.revocationLists.length, 2);
  assert.equal(material.own.fields.subject.text, "CN=laptop");
  assert.equal(material.cert.match(/BEGIN CERTIFICATE/g)?.length, 2);
  createSecureContext(secureContextOptions(material));
});

test("without a file of authorities the system's roots are meant", () => {
  const { material } = loadTlsMaterial(
    { cert: "me.crt", key: "me.key" },
    { purpose: "client", now: fixedNow, resolve: (file) => join(root, file) },
  );
  assert.equal(material?.ca, undefined);
});

test("each fault is a sentence that begins with the file", () => {
  const cases: readonly [Partial<MaterialFiles>, string][] = [
    [{ cert: "nothing.crt" }, "nothing.crt does not exist"],
    [{ cert: "me.crt/x" }, "me.crt/x does not exist (a part of its path is not a directory)"],
    [{ cert: "." }, ". is a directory"],
    [{ cert: "me.key" }, "me.key holds a key and no certificate"],
    [{ cert: "empty" }, "empty holds no certificate in PEM form"],
    [{ cert: "cut.crt" }, "cut.crt holds no certificate in PEM form"],
    [{ cert: "broken.crt" }, "broken.crt holds a certificate (number 2 of 2) that is not a certificate"],
    [
      { cert: "reversed.crt" },
      "reversed.crt is the certificate of an authority, which signs others and is not presented",
    ],
    [{ key: "nothing.key" }, "nothing.key does not exist"],
    [{ key: "me.crt" }, "me.crt holds no private key in PEM form"],
    [{ key: "broken.key" }, "broken.key holds a private key that cannot be read"],
    [{ key: "ca.key" }, "ca.key does not belong to me.crt (the certificate's public key is another)"],
    [{ ca: "nothing" }, "nothing does not exist"],
    [{ ca: "leaf-as-ca.crt" }, "leaf-as-ca.crt holds no certificate of an authority (CA)"],
    [{ ca: "old-ca.crt" }, "old-ca.crt expired on 2026-11-24 11:59:59 UTC"],
    [{ crl: ["me.crt"] }, "me.crt holds no revocation list, neither in PEM nor in DER form"],
    [{ crl: ["nothing"] }, "nothing does not exist"],
    [
      { key: "encrypted.key" },
      "encrypted.key is encrypted with a passphrase, which is not supported: `openssl pkey` writes it without one",
    ],
    [
      { key: "old.key" },
      "old.key is encrypted with a passphrase, which is not supported: `openssl pkey` writes it without one",
    ],
  ];
  for (const [files, message] of cases) {
    const { material, faults } = load(files);
    assert.equal(material, undefined);
    assert.equal(faults[0]?.message, message);
    const [role] = Object.keys(files);
    assert.equal(faults[0]?.role, role);
  }
});

test("our own certificate: expired, not yet valid, for the other purpose", () => {
  const own = (plan: Parameters<typeof makeClient>[1]): MaterialFiles => {
    const made = makeClient(ca, plan);
    return { cert: written("own.crt", made.certificatePem), key: written("own.key", made.keyPem) };
  };
  assert.deepEqual(messages(own({ notAfter: new Date(fixedNow - 1000) })), [
    "own.crt expired on 2026-11-24 11:59:59 UTC",
  ]);
  assert.deepEqual(messages(own({ notBefore: new Date(fixedNow + 1000) })), [
    "own.crt is not valid before 2026-11-24 12:00:01 UTC",
  ]);
  const server = makeServer(ca);
  const files = { cert: written("own.crt", server.certificatePem), key: written("own.key", server.keyPem) };
  assert.deepEqual(messages(files), ["own.crt is not for clients (no clientAuth among its purposes)"]);
});

test("every fault at once", () => {
  assert.deepEqual(
    messages({ cert: "nothing", key: "broken.key", ca: "empty", crl: ["me.key", "nothing"] }),
    [
      "nothing does not exist",
      "broken.key holds a private key that cannot be read",
      "empty holds no certificate in PEM form",
      "me.key holds no revocation list, neither in PEM nor in DER form",
      "nothing does not exist",
    ],
  );
});

test("a key that belongs to a later certificate of the file is told as such", () => {
  assert.ok(
    messages({ cert: "reversed.crt" }).includes(
      "me.key belongs to certificate 2 of reversed.crt, where our own must be the first",
    ),
  );
});

test("any bytes in any file are a fault and nothing worse", () => {
  const mutated = fc
    .tuple(fc.constantFrom(...Object.keys(contents)), fc.nat(), fc.nat(255), fc.boolean())
    .map(([name, at, byte, cut]) => {
      const bytes = Buffer.from(contents[name] ?? "");
      if (bytes.length > 0) bytes[at % bytes.length] = byte;
      return cut ? bytes.subarray(0, at % (bytes.length + 1)) : bytes;
    });
  const place = fc.constantFrom({ cert: "fuzzed" }, { key: "fuzzed" }, { ca: "fuzzed" }, { crl: ["fuzzed"] });
  fc.assert(
    fc.property(place, fc.oneof(mutated, fc.uint8Array({ maxLength: 2000 })), (files, bytes) => {
      writeFileSync(join(root, "fuzzed"), bytes);
      for (const { message } of load(files).faults) assert.match(message, /^[\x20-\x7e]+$/);
    }),
    fuzzing("tls-files"),
  );
});
