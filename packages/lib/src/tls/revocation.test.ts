import assert from "node:assert/strict";
import test from "node:test";
import { dayMs, fixedNow, type Made, makeCa, makeClient, signerOfMade } from "./certificate.fixture.ts";
import { judgeChain } from "./judge.ts";
import { whyRevoked } from "./revoked-peer.ts";
import { readRevocationList } from "./x509/crl-codec.ts";
import { writeRevocationList } from "./x509/crl-writer.ts";

const listOf = (ca: Made, revoked: readonly Made[], dates: { from?: number; to?: number } = {}) =>
  readRevocationList(
    writeRevocationList(
      {
        thisUpdate: new Date(dates.from ?? fixedNow - 1000),
        nextUpdate: new Date(dates.to ?? fixedNow + dayMs),
        number: 1n,
        revoked: new Map(
          revoked.map(({ certificate }) => [
            certificate.fields.serial,
            { date: new Date(fixedNow - dayMs), reason: "keyCompromise" },
          ]),
        ),
      },
      signerOfMade(ca),
    ),
  );

const judge = (chain: readonly Made[], anchors: readonly Made[], lists: ReturnType<typeof listOf>[]) =>
  judgeChain(
    chain.map(({ der }) => der),
    { anchors: anchors.map(({ certificate }) => certificate), revocationLists: lists },
    { purpose: "client", now: fixedNow },
  );

const ca = makeCa("first");
const other = makeCa("second");
const good = makeClient(ca);
const bad = makeClient(ca);

test("a revoked certificate is refused with date and reason, its siblings are not", () => {
  const lists = [listOf(ca, [bad])];
  judge([good], [ca], lists);
  assert.throws(
    () => judge([bad], [ca], lists),
    /CN=laptop was revoked on 2026-11-23 12:00:00 UTC \(keyCompromise\)/,
  );
});

test("two authorities, one list: the other one's clients stay", () => {
  judge([makeClient(other)], [ca, other], [listOf(ca, [bad])]);
  // Also where serial numbers coincide.
  const serial = Buffer.from(bad.certificate.fields.serial.padStart(32, "0"), "hex");
  judge([makeClient(other, { serial })], [ca, other], [listOf(ca, [bad])]);
});

test("two authorities of one name: each list counts for the key that signed it", () => {
  const twin = makeCa("first");
  const serial = Buffer.from(bad.certificate.fields.serial.padStart(32, "0"), "hex");
  const lists = [listOf(ca, [bad])];
  judge([makeClient(twin, { serial })], [ca, twin], lists);
  assert.throws(() => judge([bad], [ca, twin], lists), /was revoked/);
});

test("an expired list refuses everyone of its authority", () => {
  const lists = [listOf(ca, [], { from: fixedNow - dayMs, to: fixedNow - 1000 })];
  assert.throws(
    () => judge([good], [ca], lists),
    /cannot be checked: the revocation list of CN=first expired on 2026-11-24 11:59:59 UTC/,
  );
  judge([makeClient(other)], [ca, other], lists);
  judge([good], [ca], [...lists, listOf(ca, [])]);
});

test("a list of the future, and one that its authority did not sign", () => {
  const future = listOf(ca, [], { from: fixedNow + 1000 });
  assert.throws(() => judge([good], [ca], [future]), /is not valid before 2026-11-24 12:00:01 UTC/);
  const forged = listOf(makeCa("first"), []);
  assert.throws(() => judge([good], [ca], [forged]), /a signature that this authority did not make/);
});

test("an authority without cRLSign makes no list", () => {
  const mute = makeCa("mute", { keyUsage: ["keyCertSign"] });
  assert.throws(() => judge([makeClient(mute)], [mute], [listOf(mute, [])]), /no cRLSign in its key usage/);
});

test("an intermediate authority can be revoked", () => {
  const middle = makeCa("middle", {}, ca);
  const client = makeClient(middle);
  judge([client, middle], [ca], [listOf(ca, [bad])]);
  assert.throws(
    () => judge([client, middle], [ca], [listOf(ca, [middle])]),
    /the authority CN=middle above the client certificate CN=laptop was revoked/,
  );
});

test("who came in is judged anew by lists that come later, by the same words, and by nothing else", () => {
  const middle = makeCa("middle", {}, ca);
  const below = makeClient(middle);
  const trustOf = (...lists: ReturnType<typeof listOf>[]) => ({
    anchors: [ca.certificate],
    revocationLists: lists,
  });
  const [peer, sibling] = [judge([bad], [ca], []), judge([good], [ca], [])];
  const deep = judge([below, middle], [ca], []);
  const named = trustOf(listOf(ca, [bad]));
  assert.equal(
    whyRevoked(peer, named, fixedNow),
    "the client certificate CN=laptop was revoked on 2026-11-23 12:00:00 UTC (keyCompromise)",
  );
  assert.equal(whyRevoked(sibling, named, fixedNow), undefined);
  assert.match(whyRevoked(deep, trustOf(listOf(ca, [middle])), fixedNow)!, /the authority CN=middle above/);
  // An end of the list, the certificate or the trust keeps others out and ends nothing.
  const ended = { from: fixedNow - 2 * dayMs, to: fixedNow - dayMs };
  assert.equal(whyRevoked(sibling, trustOf(listOf(ca, [bad], ended)), fixedNow), undefined);
  assert.equal(whyRevoked(sibling, named, fixedNow + 400 * dayMs), undefined);
  assert.equal(whyRevoked(sibling, { anchors: [], revocationLists: [] }, fixedNow), undefined);
  // Who an ended list names is revoked, unless a current one no longer does.
  assert.match(whyRevoked(peer, trustOf(listOf(ca, [bad], ended)), fixedNow)!, /was revoked/);
  assert.equal(whyRevoked(peer, trustOf(listOf(ca, [bad], ended), listOf(ca, [])), fixedNow), undefined);
  // A clock that is a little behind the authority's makes no difference.
  const early = listOf(ca, [bad], { from: fixedNow + 1000 });
  assert.match(whyRevoked(peer, trustOf(listOf(ca, []), early), fixedNow)!, /was revoked/);
  // Lists of others say nothing, whatever they are called.
  assert.equal(whyRevoked(peer, trustOf(listOf(makeCa("first"), [bad])), fixedNow), undefined);
  assert.equal(
    whyRevoked({ subject: "anybody", fingerprint: "none", names: [] }, named, fixedNow),
    undefined,
  );
});
