import assert from "node:assert/strict";
import { test } from "node:test";
import type { CertificateExpiry } from "./certificate-expiry.ts";
import { ExpiryPolicy, expiryWarning } from "./expiry-policy.ts";

const dayMs = 86_400_000;
const hourMs = dayMs / 24;
const end = Date.UTC(2026, 10, 30, 12);
const certificate: CertificateExpiry = {
  file: "certs/me.crt",
  holds: "certificate",
  subject: "CN=me",
  notAfter: new Date(end),
};
const list: CertificateExpiry = {
  file: "ca.crl",
  holds: "revocation_list",
  subject: "CN=ca",
  notAfter: new Date(end),
};

/** What is said, hour by hour, from so many days before the end to two days after it. */
const saidOver = (days: number, expiry: CertificateExpiry): string[] => {
  const policy = new ExpiryPolicy();
  const said: string[] = [];
  for (let now = end - days * dayMs; now < end + 2 * dayMs; now += hourMs) {
    said.push(...policy.due([expiry], now).map(({ message }) => message));
  }
  return said;
};

test("a daemon that runs for months says it 30, 7 and 1 days before, and at the end, once each", () => {
  assert.deepEqual(saidOver(100, certificate), [
    "certs/me.crt ends in 30 days (2026-11-30)",
    "certs/me.crt ends in 7 days (2026-11-30)",
    "certs/me.crt ends in 1 day (2026-11-30)",
    "certs/me.crt ends in less than an hour (2026-11-30)",
  ]);
});

test("a list is warned of on each of its last seven days", () => {
  const said = saidOver(30, list);
  assert.equal(said.length, 8);
  assert.equal(
    said[0],
    "ca.crl, the revocation list of CN=ca, ends in 7 days (2026-11-30): an ended list refuses everyone",
  );
});

test("one that is started late says the nearest step alone, and that it has ended where it has", () => {
  assert.deepEqual(saidOver(5, certificate).slice(0, 2), [
    "certs/me.crt ends in 5 days (2026-11-30)",
    "certs/me.crt ends in 1 day (2026-11-30)",
  ]);
  const [late] = new ExpiryPolicy().due([certificate, list], end + 1);
  assert.deepEqual(
    [late?.message, late?.daysLeft, late?.hasEnded],
    ["certs/me.crt has ended (2026-11-30)", -1, true],
  );
});

test("one file that two backends use is told once; a renewed one begins anew", () => {
  const policy = new ExpiryPolicy();
  assert.equal(policy.due([certificate, certificate], end - 3 * dayMs).length, 1);
  assert.equal(policy.due([certificate], end - 2 * dayMs).length, 0);
  const renewed = { ...certificate, notAfter: new Date(end + 90 * dayMs) };
  assert.equal(policy.due([renewed], end).length, 0);
  assert.equal(policy.due([renewed], end + 61 * dayMs).length, 1);
});

test("a clock that is set back repeats nothing that is still true", () => {
  const policy = new ExpiryPolicy();
  assert.equal(policy.due([certificate], end - 1000).length, 1);
  assert.equal(policy.due([certificate], end - 6 * dayMs).length, 0);
  assert.equal(policy.due([certificate], end - 1000).length, 0);
});

test("nothing is said before its time", () => {
  assert.equal(expiryWarning(certificate, end - 30 * dayMs - 1), undefined);
  assert.equal(expiryWarning(list, end - 7 * dayMs - 1), undefined);
  assert.equal(
    expiryWarning(certificate, end - 5 * hourMs)?.message,
    "certs/me.crt ends in 5 hours (2026-11-30)",
  );
  const authority = { ...certificate, holds: "authority" as const };
  assert.match(
    expiryWarning(authority, end)!.message,
    /the authority CN=me, ends in .*, and everything that it signed/,
  );
});
