import assert from "node:assert/strict";
import test from "node:test";
import { ProxyError } from "../error/proxy-error.ts";
import {
  dayMs,
  fixedNow,
  type Made,
  makeCa,
  makeCertificate,
  makeClient,
  makeServer,
  trusting,
} from "./certificate.fixture.ts";
import { judgeChain } from "./judge.ts";
import type { Purpose } from "./trust.ts";
import { oids } from "./x509/object-identifiers.ts";

const ca = makeCa("octoproxy ca");
const trust = trusting(ca);
const judge = (chain: readonly Made[], purpose: Purpose = "client", name?: string) =>
  judgeChain(
    chain.map(({ der }) => der),
    trust,
    { purpose, name, now: fixedNow },
  );

/** That a chain is refused, with words that contain `words`. */
const refuses = (chain: readonly Made[], words: string, purpose: Purpose = "client", name?: string): void => {
  assert.throws(
    () => judge(chain, purpose, name),
    (error) => {
      assert.ok(error instanceof ProxyError);
      assert.equal(error.code, purpose === "client" ? "CERTIFICATE_REFUSED" : "BACKEND_CERTIFICATE");
      assert.ok(error.message.includes(words), `"${error.message}" lacks "${words}"`);
      return true;
    },
  );
};

test("a client certificate of the authority is accepted and tells who it is", () => {
  const client = makeClient(ca, { names: [{ type: "URI", value: "spiffe://corp/laptop" }] });
  assert.deepEqual(judge([client]), {
    subject: "CN=laptop",
    fingerprint: client.certificate.x509.fingerprint256,
    names: ["URI:spiffe://corp/laptop"],
  });
});

test("a certificate without key usage or purposes is fit for both, as the original's are", () => {
  const leaf = makeServer(ca, { purposes: [] });
  assert.equal(judge([leaf]).subject, "CN=tokyo");
  assert.equal(judge([leaf], "server", "tokyo.example").subject, "CN=tokyo");
});

test("no certificate at all", () => refuses([], "no certificate was presented"));

test("bytes that are no certificate", () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from("hello"), ca.der.subarray(0, 100)]) {
    assert.throws(
      () => judgeChain([bytes], trust, { purpose: "client", now: fixedNow }),
      /the client certificate is not a certificate/,
    );
  }
});

test("another authority, also one of the same name", () => {
  refuses(
    [makeClient(makeCa("evil ca"))],
    "the client certificate CN=laptop is signed by an unknown authority (issuer CN=evil ca)",
  );
  // Its key identifier tells that the issuer is another one: OpenSSL's checkIssued does not see it, ours by name does.
  refuses([makeClient(makeCa("octoproxy ca"))], "bears a signature that CN=octoproxy ca did not make");
});

test("signed by itself", () => {
  refuses([makeCertificate({ commonName: "me" })], "CN=me is self-signed, not signed by a known authority");
});

test("expired, not yet valid", () => {
  const past = makeClient(ca, { notAfter: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)), notBefore: new Date(0) });
  refuses([past], "the client certificate CN=laptop expired on 2026-01-02 03:04:05 UTC");
  const future = makeClient(ca, { notBefore: new Date(fixedNow + 1000) });
  refuses([future], "is not valid before 2026-11-24 12:00:01 UTC");
});

test("the wrong purpose, in both directions", () => {
  refuses([makeClient(ca, { purposes: [oids.serverAuth] })], "is for servers only (no clientAuth)");
  refuses([makeServer(ca, { purposes: [oids.clientAuth] })], "is for clients only (no serverAuth)", "server");
  refuses(
    [makeClient(ca, { purposes: ["1.3.6.1.5.5.7.3.3", "2.5.29.37.0"] })],
    "is not for clients (no clientAuth among its purposes: code signing, any)",
  );
});

test("a key usage without signatures", () => {
  refuses([makeClient(ca, { keyUsage: ["keyEncipherment"] })], "no digitalSignature in its key usage");
  judge([makeClient(ca, { keyUsage: ["digitalSignature", "decipherOnly"] })]);
});

test("an authority does not speak for itself", () => {
  refuses([ca], "CN=octoproxy ca");
  refuses([makeClient(ca, { isCa: true })], "is that of a certificate authority");
});

test("a leaf that is itself in the file of authorities does not become trusted", () => {
  const self = makeCertificate({ commonName: "pinned" });
  assert.throws(
    () => judgeChain([self.der], trusting(self), { purpose: "client", now: fixedNow }),
    /is self-signed/,
  );
});

test("names: DNS among DNS names, addresses among addresses, the common name never", () => {
  const server = makeServer(ca);
  judge([server], "server", "TOKYO.example.");
  judge([server], "server", "192.0.2.1");
  judge([server], "server", "::ffff:192.0.2.1");
  const words = "the server certificate CN=tokyo bears DNS:tokyo.example, IP:192.0.2.1, not ";
  refuses([server], `${words}osaka.example`, "server", "osaka.example");
  refuses([server], `${words}192.0.2.2`, "server", "192.0.2.2");
  refuses([server], `${words}tokyo`, "server", "tokyo");
  const nameless = makeServer(ca, { commonName: "tokyo.example", names: [] });
  refuses([nameless], "bears no name at all (SAN), not tokyo.example", "server", "tokyo.example");
  const textual = makeServer(ca, { names: [{ type: "DNS", value: "192.0.2.1" }] });
  refuses([textual], "bears DNS:192.0.2.1, not 192.0.2.1", "server", "192.0.2.1");
});

test("intermediate authorities: found in any order, missing, too many, expired, none at all", () => {
  const middle = makeCa("middle", {}, ca);
  const lower = makeCa("lower", {}, middle);
  const client = makeClient(lower);
  judge([client, lower, middle]);
  judge([client, middle, ca, lower, lower]);
  refuses([client, lower], "signed by an unknown authority (issuer CN=middle)");
  refuses([client, ...Array.from({ length: 10 }, () => lower)], "presented 11 certificates");

  const narrow = makeCa("narrow", { pathLength: 0 }, ca);
  judge([makeClient(narrow), narrow]);
  const below = makeCa("below", {}, narrow);
  refuses([makeClient(below), below, narrow], "with 1 authorities between, where 0 are allowed");

  const old = makeCa("old", { notAfter: new Date(fixedNow - 1000) }, ca);
  refuses([makeClient(old), old], "the authority CN=old above the client certificate CN=laptop expired on");

  const leaf = makeServer(ca, { purposes: [] });
  refuses([makeClient(leaf), leaf], "is signed by CN=tokyo, which is not a certificate authority");
  const mute = makeCa("mute", { keyUsage: ["cRLSign"] }, ca);
  refuses([makeClient(mute), mute], "CN=mute, which may not sign certificates");
  const serversOnly = makeCa("servers only", { purposes: [oids.serverAuth] }, ca);
  refuses([makeClient(serversOnly), serversOnly], "is for servers only");
});

test("a second path is found where the first is bad: a cross-signed authority", () => {
  const root = makeCa("old root", { notAfter: new Date(fixedNow - dayMs / 2) });
  const keys = makeCa("middle", {}, root);
  const crossed = makeCa("middle", { publicKey: keys.keys.publicKey }, ca);
  const client = makeClient(keys);
  const both = trusting(root, ca);
  const chain = [client.der, keys.der, crossed.der];
  assert.equal(judgeChain(chain, both, { purpose: "client", now: fixedNow }).subject, "CN=laptop");
});

test("a hostile chain of like-named authorities is refused soon", () => {
  const evil = Array.from({ length: 9 }, () => makeCa("x", {}, makeCa("x")));
  const client = makeClient(evil[0] as Made, {});
  const started = process.cpuUsage().user;
  refuses([client, ...evil], "did not make");
  assert.ok(process.cpuUsage().user - started < 1_000_000);
});

test("a changed byte anywhere never passes as the same certificate", () => {
  const { der } = makeClient(ca);
  for (let index = 0; index < der.length; index += 1) {
    const changed = Buffer.from(der);
    changed[index] = (changed[index] ?? 0) ^ 0x01;
    assert.throws(
      () => judgeChain([changed], trust, { purpose: "client", now: fixedNow }),
      ProxyError,
      `byte ${index}`,
    );
  }
});

test("control characters in names do not reach the words", () => {
  assert.throws(
    () => judge([makeClient(makeCa("evil\u001b[31m\nca"))]),
    (error) => error instanceof ProxyError && error.message.includes("evil?[31m?ca"),
  );
});
