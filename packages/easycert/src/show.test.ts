import assert from "node:assert/strict";
import test from "node:test";
import { stripVTControlCharacters } from "node:util";
import { Certificate } from "@octoproxy/lib/tls/certificate";
import { createAuthority, openAuthority } from "@octoproxy/lib/tls/issue";
import { issueLeaf } from "./generate.ts";
import { renderJson, renderTable } from "./show.ts";

const now = Date.UTC(2026, 10, 24, 6, 5, 6);
const dayMs = 86_400_000;
const authority = openAuthority(
  createAuthority({ commonName: "octoproxy ca", days: 3650, keyKind: "ec", now }),
  now,
);
const leaf = new Certificate(
  issueLeaf(authority, {
    commonName: "server\u001b[2Jname",
    days: 365,
    keyKind: "ed25519",
    usage: "both",
    names: [
      { type: "DNS", value: "localhost" },
      { type: "IP", value: "127.0.0.1" },
    ],
    now,
  }).certificate,
);

test("a chain is shown whole, aligned, and printable", () => {
  const table = renderTable("server.crt", [leaf, authority.certificate], { color: false, now });
  assert.ok(!table.includes("\u001b"));
  const lines = table.split("\n");
  assert.equal(lines[0], "server.crt   certificate 1 of 2");
  assert.ok(lines.includes("  subject      CN=server?[2Jname"));
  assert.ok(lines.includes("  issuer       CN=octoproxy ca"));
  assert.ok(lines.includes("  names        DNS:localhost · IP:127.0.0.1"));
  assert.ok(
    lines.includes("  valid        2026-11-24 06:00:06 UTC  to  2027-11-24 06:05:06 UTC   (365 days left)"),
  );
  assert.ok(lines.includes("  key          Ed25519           purposes  server, client          CA  no"));
  assert.ok(lines.includes("server.crt   certificate 2 of 2"));
  assert.ok(lines.includes("  key          EC P-256          purposes  not limited             CA  yes"));
});

test("colour changes no letter", () => {
  const plain = renderTable("x", [leaf], { color: false, now });
  const coloured = renderTable("x", [leaf], { color: true, now });
  assert.notEqual(plain, coloured);
  assert.equal(stripVTControlCharacters(coloured), plain);
});

test("the end is told before and after", () => {
  const at = (days: number): string => renderTable("x", [leaf], { color: false, now: now + days * dayMs });
  assert.match(at(359), /\(6 days left\)/);
  assert.match(at(364.5), /\(less than a day left\)/);
  assert.match(at(366), /\(expired 1 day ago\)/);
  assert.match(at(-3), /\(not valid yet, begins in 3 days\)/);
});

test("JSON holds everything for programs", () => {
  const [first, second] = JSON.parse(renderJson("server.crt", [leaf, authority.certificate], now));
  assert.equal(first.subject, "CN=server?[2Jname");
  assert.deepEqual(first.names, ["DNS:localhost", "IP:127.0.0.1"]);
  assert.deepEqual(first.purposes, ["server", "client"]);
  assert.equal(first.daysLeft, 365);
  assert.equal(first.notAfter, "2027-11-24T06:05:06.000Z");
  assert.match(first.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assert.equal(second.isCa, true);
  assert.equal(second.purposes, null);
});
