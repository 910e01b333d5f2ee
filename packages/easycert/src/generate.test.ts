import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { Certificate } from "@octoproxy/lib/tls/certificate";
import type { Usage } from "@octoproxy/lib/tls/issue";
import { judgeChain } from "@octoproxy/lib/tls/judge";
import { type KeyKind, keyKinds } from "@octoproxy/lib/tls/key-pair";
import { type AuthorityFiles, loadAuthority, makeAuthority } from "./authority.ts";
import { makeLeaf } from "./generate.ts";

const root = mkdtempSync(join(tmpdir(), "easycert-"));
after(() => rmSync(root, { recursive: true, force: true }));

const missing = spawnSync("openssl", ["version"]).error !== undefined && "openssl is not installed";
const skip = missing !== false && process.env.OCTOPROXY_NO_SKIP === undefined ? missing : false;
const now = Date.now();

const names = [
  { type: "DNS", value: "localhost" },
  { type: "IP", value: "127.0.0.1" },
  { type: "IP", value: "::1" },
] as const;

const wishOf = (keyKind: KeyKind, usage: Usage, days = 365) => ({
  commonName: "leaf",
  keyKind,
  usage,
  names,
  days,
  now,
});

const openssl = (...args: string[]): string =>
  execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" });

const verify = (cacert: string, file: string, purpose: string): string =>
  openssl("verify", "-x509_strict", "-purpose", purpose, "-CAfile", cacert, file);

let count = 0;
/** Makes a leaf of each kind and use, and lets OpenSSL and our judge look at it. */
const checkLeaves = (files: AuthorityFiles): void => {
  const authority = loadAuthority(files, now);
  for (const keyKind of keyKinds) {
    count += 1;
    const name = `leaf${count}`;
    const place = { name, directory: root, force: false };
    const both = makeLeaf(place, authority, wishOf(keyKind, "both"));
    assert.equal(both.certificateFile, join(root, name, `${name}.crt`));
    verify(files.cacert, both.certificateFile, "sslserver");
    verify(files.cacert, both.certificateFile, "sslclient");
    const chain = [new Certificate(both.issued.certificate).x509.raw];
    const trust = { anchors: [authority.certificate], revocationLists: [] };
    judgeChain(chain, trust, { purpose: "client", now: Date.now() });
    judgeChain(chain, trust, { purpose: "server", name: "localhost", now: Date.now() });
    const text = openssl("x509", "-in", both.certificateFile, "-noout", "-text");
    assert.match(text, /DNS:localhost, IP Address:127\.0\.0\.1, IP Address:0:0:0:0:0:0:0:1/);
  }
  count += 1;
  const client = makeLeaf(
    { name: `leaf${count}`, directory: root, force: false },
    authority,
    wishOf("ec", "client"),
  );
  verify(files.cacert, client.certificateFile, "sslclient");
  assert.throws(
    () => verify(files.cacert, client.certificateFile, "sslserver"),
    /unsuitable certificate purpose/,
  );
  count += 1;
  const server = makeLeaf(
    { name: `leaf${count}`, directory: root, force: false },
    authority,
    wishOf("ec", "server"),
  );
  verify(files.cacert, server.certificateFile, "sslserver");
  assert.throws(
    () => verify(files.cacert, server.certificateFile, "sslclient"),
    /unsuitable certificate purpose/,
  );
};

for (const keyKind of keyKinds) {
  test(`openssl accepts every leaf of our ${keyKind} authority, for its purpose alone`, { skip }, () => {
    const made = makeAuthority(
      { name: `ca-${keyKind}`, directory: root, force: false },
      { commonName: `ca ${keyKind}`, days: 3650, keyKind, now },
    );
    verify(made.certificateFile, made.certificateFile, "any");
    checkLeaves({ cacert: made.certificateFile, cakey: made.keyFile });
  });
}

const foreignKeys = {
  "EC P-256": ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
  "EC P-384": ["ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"],
  "EC P-521": ["ec", "-pkeyopt", "ec_paramgen_curve:secp521r1"],
  "RSA 2048": ["rsa:2048"],
  Ed25519: ["ed25519"],
} as const;

for (const [kind, newkey] of Object.entries(foreignKeys)) {
  test(`an authority with ${kind} made by openssl req -x509 signs`, { skip }, () => {
    const cacert = join(root, `foreign ${kind}.crt`);
    const cakey = join(root, `foreign ${kind}.key`);
    openssl(
      ...["req", "-x509", "-nodes", "-newkey", ...newkey, "-keyout", cakey, "-out", cacert, "-days", "30"],
      ...[
        "-subj",
        "/C=JP/O=Exämple, Inc./CN=foreign ca",
        "-utf8",
        "-addext",
        "keyUsage=critical,keyCertSign,cRLSign",
      ],
    );
    checkLeaves({ cacert, cakey });
  });
}

test("a leaf never outlives its authority, and says when it was shortened", () => {
  const made = makeAuthority(
    { name: "short", directory: root, force: false },
    { commonName: "short", days: 10, keyKind: "ec", now },
  );
  const authority = loadAuthority({ cacert: made.certificateFile, cakey: made.keyFile }, now);
  const end = authority.certificate.fields.notAfter.getTime();
  const long = makeLeaf({ name: "long", directory: root, force: false }, authority, wishOf("ec", "both", 11));
  assert.equal(long.shortened, true);
  assert.equal(new Certificate(long.issued.certificate).fields.notAfter.getTime(), end);
  const brief = makeLeaf(
    { name: "brief", directory: root, force: false },
    authority,
    wishOf("ec", "both", 9),
  );
  assert.equal(brief.shortened, false);
  const { notBefore, notAfter } = new Certificate(brief.issued.certificate).fields;
  assert.equal(notAfter.getTime() - notBefore.getTime(), 9 * 86_400_000 + 300_000);
});

test("serial numbers are positive, long and never alike", () => {
  const made = makeAuthority(
    { name: "serials", directory: root, force: false },
    { commonName: "serials", days: 10, keyKind: "ec", now },
  );
  const authority = loadAuthority({ cacert: made.certificateFile, cakey: made.keyFile }, now);
  const serials = new Set<string>();
  for (let n = 0; n < 40; n += 1) {
    const leaf = makeLeaf(
      { name: `s${n}`, directory: root, force: false },
      authority,
      wishOf("ec", "both", 1),
    );
    const certificate = new Certificate(leaf.issued.certificate);
    assert.match(certificate.x509.serialNumber, /^[0-9A-F]{20,32}$/);
    serials.add(certificate.fields.serial);
  }
  assert.equal(serials.size, 40);
});

test("what cannot sign says why", () => {
  const made = (name: string) =>
    makeAuthority({ name, directory: root, force: false }, { commonName: name, days: 1, keyKind: "ec", now });
  const one = made("one");
  const two = made("two");
  const files = { cacert: one.certificateFile, cakey: one.keyFile };
  const leaf = makeLeaf(
    { name: "leaf", directory: root, force: false },
    loadAuthority(files, now),
    wishOf("ec", "both", 1),
  );
  const refused = (wrong: Partial<AuthorityFiles>, words: RegExp, at = now): void => {
    assert.throws(() => loadAuthority({ ...files, ...wrong }, at), words);
  };
  refused(
    { cakey: two.keyFile },
    /one\.crt cannot sign: the key does not belong to the certificate of CN=one/,
  );
  refused({ cacert: leaf.certificateFile, cakey: leaf.keyFile }, /CN=leaf is not a certificate authority/);
  refused({ cacert: one.keyFile }, /one\.key holds a key and no certificate/);
  refused({ cacert: join(root, "nothing") }, /nothing does not exist/);
  refused({ cakey: one.certificateFile }, /one\.crt holds no private key in PEM form/);
  refused({}, /CN=one expired on /, now + 2 * 86_400_000);
});
