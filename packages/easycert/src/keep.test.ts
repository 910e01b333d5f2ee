import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import type { Certificate } from "@octoproxy/lib/tls/certificate";
import { judgeChain } from "@octoproxy/lib/tls/judge";
import type { KeyKind } from "@octoproxy/lib/tls/key-pair";
import { keyKinds } from "@octoproxy/lib/tls/key-pair";
import { parseRevocationLists } from "@octoproxy/lib/tls/material-parts";
import { type AuthorityFiles, loadAuthority, loadCertificates, makeAuthority } from "./authority.ts";
import { makeLeaf } from "./generate.ts";
import { renew } from "./renew.ts";
import { listFileOf, renewList, revoke } from "./revocation-file.ts";

const root = mkdtempSync(join(tmpdir(), "easycert-"));
after(() => rmSync(root, { recursive: true, force: true }));
const now = Date.now();
const dayMs = 86_400_000;
const missing = spawnSync("openssl", ["version"]).error !== undefined && "openssl is not installed";
const skip = missing !== false && process.env.OCTOPROXY_NO_SKIP === undefined ? missing : false;

const authorityIn = (name: string, keyKind: KeyKind = "ec"): AuthorityFiles => {
  const wish = { commonName: name, days: 3650, keyKind, now };
  const made = makeAuthority({ name, directory: root, force: false }, wish);
  return { cacert: made.certificateFile, cakey: made.keyFile };
};
const leafOf = (files: AuthorityFiles, name: string, keyKind: KeyKind = "ec", days = 100) =>
  makeLeaf({ name, directory: root, force: false }, loadAuthority(files, now), {
    commonName: name,
    days,
    keyKind,
    usage: "client",
    names: [
      { type: "DNS", value: "laptop" },
      { type: "IP", value: "2001:db8::1" },
      { type: "email", value: "me@corp.example" },
      { type: "URI", value: "spiffe://corp/me" },
    ],
    now,
  }).certificateFile;
const first = (file: string): Certificate => loadCertificates(file)[0] as Certificate;
const judge = (files: AuthorityFiles, file: string, at = now) =>
  judgeChain(
    [first(file).x509.raw],
    {
      anchors: loadCertificates(files.cacert),
      revocationLists: parseRevocationLists(readFileSync(listFileOf(files.cacert))),
    },
    { purpose: "client", now: at },
  );

for (const keyKind of keyKinds) {
  test(`a list of our ${keyKind} authority is what openssl takes, and revokes`, { skip }, () => {
    const files = authorityIn(`crl-${keyKind}`, keyKind);
    const [good, bad] = [leafOf(files, `good-${keyKind}`), leafOf(files, `bad-${keyKind}`)];
    renewList(files, { days: 90, now });
    const verify = (file: string): string =>
      execFileSync(
        "openssl",
        [
          "verify",
          "-x509_strict",
          "-crl_check",
          "-CAfile",
          files.cacert,
          "-CRLfile",
          listFileOf(files.cacert),
          file,
        ],
        { encoding: "utf8", stdio: "pipe" },
      );
    verify(bad);
    revoke(files, first(bad), "keyCompromise", { days: 90, now });
    verify(good);
    assert.throws(() => verify(bad), /certificate revoked/);
    const text = execFileSync("openssl", ["crl", "-in", listFileOf(files.cacert), "-noout", "-text"], {
      encoding: "utf8",
    });
    assert.match(text, /Version 2/);
    assert.match(text, /X509v3 CRL Number:\s+2/);
    assert.match(text, /Key Compromise/);
    judge(files, good);
    assert.throws(() => judge(files, bad), /was revoked on .* \(keyCompromise\)/);
  });
}

test("what was revoked stays so; a later date and a greater number come with each writing", () => {
  const files = authorityIn("stays");
  const [one, two] = [leafOf(files, "one"), leafOf(files, "two")];
  revoke(files, first(one), "superseded", { days: 1, now });
  revoke(files, first(two), "unspecified", { days: 1, now });
  const again = revoke(files, first(one), "keyCompromise", { days: 1, now: now + 5000 });
  assert.equal(again.revoked, 2);
  assert.throws(() => judge(files, one, now + 2 * dayMs), /the revocation list of CN=stays expired/);
  const later = renewList(files, { days: 30, now });
  assert.equal(later.nextUpdate.getTime(), now + 30 * dayMs);
  assert.throws(() => judge(files, one, now + 2 * dayMs), /was revoked on .* \(superseded\)/);
  const [list] = parseRevocationLists(readFileSync(later.file));
  assert.equal(list?.number, "4");
  assert.equal(statSync(later.file).mode & 0o777, 0o644);
});

test("another authority's certificate or list is not touched", () => {
  const [files, other] = [authorityIn("ours"), authorityIn("theirs")];
  const foreign = leafOf(other, "foreign");
  assert.throws(
    () => revoke(files, first(foreign), "unspecified", { days: 1, now }),
    /CN=foreign was not signed by CN=ours but by another authority \(CN=theirs\)/,
  );
  renewList(other, { days: 1, now });
  const list = readFileSync(listFileOf(other.cacert), "utf8");
  writeFileSync(listFileOf(files.cacert), list);
  assert.throws(() => renewList(files, { days: 1, now }), /was not signed by CN=ours; it was left as it is/);
  assert.equal(readFileSync(listFileOf(files.cacert), "utf8"), list);
  writeFileSync(listFileOf(files.cacert), "nonsense");
  assert.throws(() => renewList(files, { days: 1, now }), /ours\.crl holds no revocation list/);
});

test("renewing keeps subject, names, purposes and length, and changes dates, serial number and key", () => {
  const files = authorityIn("renewing");
  for (const keyKind of keyKinds) {
    const file = leafOf(files, `renew-${keyKind}`, keyKind);
    const before = first(file);
    const renewed = renew(file, files, { days: undefined, keyKind: undefined, now: now + 50 * dayMs });
    const { fields, publicKey } = first(file);
    assert.equal(fields.subject.text, before.fields.subject.text);
    assert.deepEqual(fields.extensions.names, before.fields.extensions.names);
    assert.deepEqual(fields.extensions.purposes, before.fields.extensions.purposes);
    assert.equal(fields.notAfter.getTime() - before.fields.notAfter.getTime(), 50 * dayMs);
    assert.notEqual(fields.serial, before.fields.serial);
    assert.equal(publicKey.asymmetricKeyType, before.publicKey.asymmetricKeyType);
    assert.ok(!publicKey.equals(before.publicKey));
    assert.equal(statSync(renewed.keyFile).mode & 0o777, 0o600);
    const { certificate } = loadAuthority(files, now);
    const trust = { anchors: [certificate], revocationLists: [] };
    judgeChain([first(file).x509.raw], trust, { purpose: "client", now: now + 50 * dayMs });
  }
});

test("an expired certificate can be renewed, an authority and a foreign one cannot", () => {
  const files = authorityIn("late");
  const file = leafOf(files, "late-leaf", "ec", 1);
  renew(file, files, { days: 10, keyKind: "ed25519", now: now + 5 * dayMs });
  assert.equal(first(file).publicKey.asymmetricKeyType, "ed25519");
  const wish = { days: undefined, keyKind: undefined, now };
  assert.throws(() => renew(files.cacert, files, wish), /late\.crt is an authority/);
  assert.throws(
    () => renew(leafOf(authorityIn("late-other"), "late-x"), files, wish),
    /was not signed by CN=late/,
  );
});
