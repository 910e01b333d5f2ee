import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ProxyError } from "../error/proxy-error.ts";
import { fuzzing } from "../testing/fuzzing.ts";
import {
  errorOfRefusal,
  formatProxyStatus,
  maxProxyStatusLength,
  parseProxyStatus,
  refusalOf,
} from "./proxy-status.ts";

test("a refusal is written as RFC 9209 has it", () => {
  const error = new ProxyError("CONNECTION_REFUSED", { nextHop: "203.0.113.7:8443", detail: 'it said "no"' });
  const { status, members } = refusalOf(error, "octoproxy-server");
  assert.equal(status, 502);
  assert.equal(
    formatProxyStatus(members),
    'octoproxy-server; error=connection_refused; next-hop="203.0.113.7:8443"; octoproxy-code=CONNECTION_REFUSED; details="it said \\"no\\""',
  );
});

test("what is written is read back, whatever the words", () => {
  const word = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((n) => String.fromCharCode(n)),
    maxLength: 40,
  });
  const member = fc.record({
    identity: word.filter((text) => text.trim() !== ""),
    details: word,
    nextHop: word,
  });
  fc.assert(
    fc.property(fc.array(member, { minLength: 1, maxLength: 3 }), (members) => {
      const read = parseProxyStatus(formatProxyStatus(members));
      assert.deepEqual(
        read.map(({ identity, details, nextHop }) => ({ identity, details, nextHop })),
        members.map((m) => ({ ...m })),
      );
    }),
    fuzzing("proxy-status-round-trip"),
  );
});

test("any bytes are read without throwing, and what is written stays within the limit", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 4000 }), (text) => {
      parseProxyStatus(text);
      const long = Array.from({ length: 20 }, () => ({ identity: "p", details: text }));
      assert.ok(formatProxyStatus(long).length <= maxProxyStatusLength);
    }),
    fuzzing("proxy-status"),
  );
});

test("our own code decides; a foreign answer is the target's", () => {
  const { status, members } = refusalOf(new ProxyError("DRAINING"), "octoproxy-server");
  assert.equal(errorOfRefusal({ status, members }).code, "DRAINING");
  const foreign = errorOfRefusal({ status: 503, members: [] });
  assert.equal(foreign.code, "CONNECTION_TERMINATED");
  assert.equal(foreign.traits.retry, false);
});
