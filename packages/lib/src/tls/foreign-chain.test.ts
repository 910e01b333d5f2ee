import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import type { Certificate } from "./certificate.ts";
import { judgeChain } from "./judge.ts";
import { parseCertificates, parseRevocationLists } from "./material-parts.ts";
import type { Question, Trust } from "./trust.ts";

// Certificates that openssl made, with what ours does not write.

const missing = spawnSync("openssl", ["version"]).error !== undefined && "openssl is not installed";
const skip = missing !== false && process.env.OCTOPROXY_NO_SKIP === undefined ? missing : false;
const root = mkdtempSync(join(tmpdir(), "foreign-"));
after(() => rmSync(root, { recursive: true, force: true }));

const openssl = (...args: string[]): string =>
  execFileSync("openssl", args, { cwd: root, encoding: "utf8", stdio: "pipe" });
const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
const files = (name: string): string[] => ["-nodes", "-keyout", `${name}.key`, "-out", `${name}.crt`];

const makeRoot = (name: string, key: readonly string[] = ec, ...more: string[]): void => {
  const usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
  openssl(
    "req",
    "-x509",
    ...key,
    ...files(name),
    "-days",
    "30",
    "-subj",
    `/C=JP/O=Exämple, Inc./CN=${name}`,
    "-utf8",
    ...usage,
    ...more,
  );
};
/** A certificate under `issuer` with these extensions. */
const sign = (name: string, issuer: string, extensions: string, ...more: string[]): void => {
  openssl(
    "req",
    ...ec,
    "-nodes",
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.csr`,
    "-subj",
    `/O=Example/CN=${name}`,
  );
  writeFileSync(join(root, `${name}.cnf`), extensions);
  openssl(
    ...[
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      `${issuer}.crt`,
      "-CAkey",
      `${issuer}.key`,
      "-CAcreateserial",
    ],
    ...["-days", "20", "-out", `${name}.crt`, "-extfile", `${name}.cnf`, ...more],
  );
};
const load = (name: string): Certificate =>
  parseCertificates(readFileSync(join(root, `${name}.crt`)))[0] as Certificate;
const judge = (
  chain: string[],
  anchor: string,
  purpose: Question["purpose"],
  name?: string,
  crls: string[] = [],
) => {
  const trust: Trust = {
    anchors: [load(anchor)],
    revocationLists: crls.flatMap((file) => parseRevocationLists(readFileSync(join(root, file)))),
  };
  return judgeChain(
    chain.map((leaf) => load(leaf).x509.raw),
    trust,
    { purpose, name, now: Date.now() },
  );
};

const leaf = "subjectAltName=DNS:host.corp.example,IP:10.1.2.3\nextendedKeyUsage=serverAuth,clientAuth\n";
const authority = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";

test("names with several attributes, umlauts and commas", { skip }, () => {
  makeRoot("plain");
  sign("plain-leaf", "plain", leaf);
  assert.equal(judge(["plain-leaf"], "plain", "client").subject, "O=Example, CN=plain-leaf");
  assert.equal(load("plain").fields.subject.text, "C=JP, O=Exämple\\, Inc., CN=plain");
});

test("RSA-PSS and SHA-512 pass, SHA-1 and short RSA keys do not", { skip }, () => {
  makeRoot("rsa", ["-newkey", "rsa:2048"]);
  sign("pss", "rsa", leaf, "-sha256", "-sigopt", "rsa_padding_mode:pss");
  judge(["pss"], "rsa", "client");
  sign("sha512", "rsa", leaf, "-sha512");
  judge(["sha512"], "rsa", "client");
  sign("sha1", "rsa", leaf, "-sha1");
  assert.throws(() => judge(["sha1"], "rsa", "client"), /signed with an algorithm that is not accepted/);
  sign("pss-sha1", "rsa", leaf, "-sha1", "-sigopt", "rsa_padding_mode:pss");
  assert.throws(() => judge(["pss-sha1"], "rsa", "client"), /signed with an algorithm that is not accepted/);
  makeRoot("short", ["-newkey", "rsa:1024"]);
  sign("short-leaf", "short", leaf);
  assert.throws(
    () => judge(["short-leaf"], "short", "client"),
    /has a key that is not accepted \(RSA 1024\)/,
  );
});

test("name constraints hold for DNS names and addresses", { skip }, () => {
  makeRoot("top");
  sign(
    "narrow",
    "top",
    `${authority}nameConstraints=critical,permitted;DNS:corp.example,permitted;IP:10.0.0.0/255.0.0.0,excluded;DNS:secret.corp.example\n`,
  );
  sign("inside", "narrow", leaf);
  judge(["inside", "narrow"], "top", "server", "host.corp.example");
  for (const [name, san] of [
    ["outside", "DNS:host.other.example"],
    ["beside", "DNS:evilcorp.example"],
    ["excluded", "DNS:a.secret.corp.example"],
    ["address", "DNS:a.corp.example,IP:192.0.2.1"],
  ] as const) {
    sign(name, "narrow", `subjectAltName=${san}\n`);
    assert.throws(
      () => judge([name, "narrow"], "top", "client"),
      /which O=Example, CN=narrow may not sign/,
      name,
    );
  }
});

test("a critical extension that nobody knows", { skip }, () => {
  makeRoot("any");
  sign("odd", "any", `${leaf}1.2.3.4=critical,ASN1:UTF8String:hello\n`);
  assert.throws(
    () => judge(["odd"], "any", "client"),
    /a critical extension that is not understood \(1\.2\.3\.4\)/,
  );
});

test("lists of openssl ca, in PEM and in DER", { skip }, () => {
  makeRoot("lister");
  sign("stays", "lister", leaf);
  sign("goes", "lister", leaf);
  writeFileSync(join(root, "index.txt"), "");
  writeFileSync(join(root, "number"), "01\n");
  writeFileSync(
    join(root, "ca.cnf"),
    "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=sha256\ndefault_crl_days=7\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n",
  );
  const ca = ["ca", "-config", "ca.cnf", "-cert", "lister.crt", "-keyfile", "lister.key"];
  openssl(...ca, "-revoke", "goes.crt", "-crl_reason", "keyCompromise");
  openssl(...ca, "-gencrl", "-out", "list.pem");
  openssl("crl", "-in", "list.pem", "-outform", "DER", "-out", "list.der");
  for (const list of ["list.pem", "list.der"]) {
    judge(["stays"], "lister", "client", undefined, [list]);
    assert.throws(
      () => judge(["goes"], "lister", "client", undefined, [list]),
      /was revoked on .* \(keyCompromise\)/,
    );
  }
});
