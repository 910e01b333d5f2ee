import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import test from "node:test";
import fc from "fast-check";
import { fuzzing } from "../../testing/fuzzing.ts";
import { dayMs, fixedNow, makeCa, makeClient, signerOfMade } from "../certificate.fixture.ts";
import { readCertificateFields } from "./certificate-codec.ts";
import { extension } from "./certificate-writer.ts";
import { readRevocationList } from "./crl-codec.ts";
import { writeRevocationList } from "./crl-writer.ts";
import {
  bitString,
  DerError,
  firstInside,
  fromDer,
  integer,
  octetString,
  oid,
  readBits,
  readInteger,
  readNumber,
  readOid,
  readTime,
  sequence,
  tagged,
  time,
  toDer,
} from "./der.ts";
import { commonName, readName } from "./distinguished-name.ts";
import { readExtensions } from "./extensions.ts";
import { formatGeneralName } from "./general-name.ts";
import { type KeyUsageName, keyUsageNames, revocationReasons } from "./object-identifiers.ts";

const again = <T>(node: Parameters<typeof toDer>[0], read: (node: ReturnType<typeof fromDer>) => T): T =>
  read(fromDer(toDer(node)));
const serials = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .filter((bytes) => bytes.some((byte) => byte !== 0));
const wholeSeconds = fc
  .date({ min: new Date("1950-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000));

test("what is written is read back: integers, bits, dates, identifiers", () => {
  fc.assert(
    fc.property(serials, wholeSeconds, fc.uint8Array(), fc.nat(0x7fffffff), (bytes, date, bits, number) => {
      const hex = Buffer.from(bytes).toString("hex").replace(/^0+/, "");
      assert.equal(again(integer(bytes), readInteger), hex);
      assert.equal(again(time(date), readTime).getTime(), date.getTime());
      assert.deepEqual(again(bitString(bits), readBits), Buffer.from(bits));
      const be = Buffer.alloc(4);
      be.writeUInt32BE(number);
      assert.equal(again(integer(be), readNumber), number);
      const dotted = `1.${number % 40}.${number}.3`;
      assert.equal(again(oid(dotted), readOid), dotted);
    }),
  );
});

test("a common name of any text is read back, escaped and printable", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
      const name = again(commonName(text), readName);
      assert.match(name.text, /^CN=/);
      assert.equal(
        name.key,
        again(commonName(`  ${text.replace(/[a-z]/g, (letter) => letter.toUpperCase())} `), readName).key,
      );
    }),
  );
  assert.equal(again(commonName(' a,b+c"\\<;=\n'), readName).text, 'CN=\\ a\\,b\\+c\\"\\\\\\<\\;\\=?');
});

test("key usages are read back in every combination, and as OpenSSL writes them", () => {
  fc.assert(
    fc.property(fc.subarray([...keyUsageNames], { minLength: 1 }), (usages: KeyUsageName[]) => {
      const made = makeClient(ca, { keyUsage: usages });
      assert.deepEqual([...(made.certificate.fields.extensions.keyUsage ?? [])], usages);
    }),
    { numRuns: 40 },
  );
});

const ca = makeCa("ca");

test("a certificate is read as OpenSSL reads it", () => {
  const made = makeClient(ca, {
    serial: Buffer.from("00ff01", "hex"),
    names: [{ type: "IP", value: "2001:db8::1" }],
  });
  const fields = readCertificateFields(made.der);
  const x509 = new X509Certificate(made.der);
  assert.equal(fields.serial.toUpperCase(), x509.serialNumber.replace(/^0+/, ""));
  assert.equal(fields.notAfter.getTime(), x509.validToDate.getTime());
  assert.equal(fields.notBefore.getTime(), x509.validFromDate.getTime());
  assert.equal(fields.subject.text, x509.subject);
  assert.equal(fields.issuer.text, x509.issuer);
  assert.deepEqual(fields.extensions.names.map(formatGeneralName), ["IP:2001:db8::1"]);
});

test("an extension that comes twice, or is critical and unknown", () => {
  const one = extension("2.5.29.14", octetString(Buffer.of(1)));
  assert.throws(() => readExtensions([one, one]), DerError);
  const unknown = extension("1.2.3.4", octetString(Buffer.of(1)), true);
  assert.deepEqual(readExtensions([unknown]).unknownCritical, ["1.2.3.4"]);
  assert.deepEqual(readExtensions([extension("1.2.3.4", octetString(Buffer.of(1)))]).unknownCritical, []);
});

test("revocation lists are read back, and what is signed is what stands there", () => {
  const reasons = fc.constantFrom(...revocationReasons.values());
  const entry = fc.record({ date: wholeSeconds, reason: reasons }, { noNullPrototype: true });
  const key = serials.map((bytes) => Buffer.from(bytes).toString("hex").replace(/^0+/, ""));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, entry), { maxLength: 20 }),
      fc.bigInt(1n, 1n << 100n),
      (entries, number) => {
        const revoked = new Map(entries);
        const dates = { thisUpdate: new Date(fixedNow), nextUpdate: new Date(fixedNow + dayMs) };
        const der = writeRevocationList({ ...dates, revoked, number }, signerOfMade(ca));
        const list = readRevocationList(der);
        assert.deepEqual([...list.revoked], [...revoked]);
        assert.equal(BigInt(`0x${list.number}`), number);
        assert.deepEqual([list.thisUpdate, list.nextUpdate], [dates.thisUpdate, dates.nextUpdate]);
        assert.equal(Buffer.from(list.signed).toString("hex"), Buffer.from(firstInside(der)).toString("hex"));
        assert.ok(der.includes(Buffer.from(list.signed)));
      },
    ),
    { numRuns: 50 },
  );
});

test("a list of a kind that we would half understand is refused: delta, indirect", () => {
  const der = writeRevocationList(
    {
      thisUpdate: new Date(fixedNow),
      nextUpdate: new Date(fixedNow + dayMs),
      revoked: new Map(),
      number: 1n,
    },
    signerOfMade(ca),
  );
  const outer = fromDer(der);
  const tbs = (outer.value as (typeof outer)[])[0]!;
  (tbs.value as (typeof outer)[]).pop();
  (tbs.value as (typeof outer)[]).push(
    tagged(0, sequence(extension("2.5.29.27", integer(Buffer.of(1)), true))),
  );
  assert.throws(() => readRevocationList(toDer(outer)), /not supported \(critical extension 2\.5\.29\.27\)/);
});

const mutations = (der: Buffer) =>
  fc.array(fc.tuple(fc.nat(der.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => {
    const bytes = Buffer.from(der);
    for (const [at, byte] of changes) bytes[at] = byte;
    return bytes;
  });

test("any bytes, and any change of good ones, are read or refused with DerError", () => {
  const list = writeRevocationList(
    {
      thisUpdate: new Date(fixedNow),
      nextUpdate: new Date(fixedNow + dayMs),
      revoked: new Map([["1", { date: new Date(fixedNow), reason: "superseded" }]]),
      number: 1n,
    },
    signerOfMade(ca),
  );
  const certificate = makeClient(ca, {
    names: [
      { type: "DNS", value: "a" },
      { type: "IP", value: "::1" },
    ],
  }).der;
  for (const [read, good] of [
    [readCertificateFields, certificate],
    [readRevocationList, list],
  ] as const) {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutations(good)), (bytes) => {
        try {
          read(bytes);
        } catch (error) {
          assert.ok(error instanceof DerError, String((error as Error).stack));
        }
      }),
      fuzzing("der"),
    );
  }
});
