import { type Made, makeCa, makeCertificate, makeClient, makeServer } from "./certificate.fixture.ts";
import { oids } from "./x509/object-identifiers.ts";

/** A peer's certificate and what becomes of it. Every transport is tried with the same set. */
export interface PeerCase {
  readonly name: string;
  /** Undefined: none is presented. */
  readonly leaf: Made | undefined;
  /** Authorities that are presented with it. */
  readonly above: readonly Made[];
  /** The refusal's words; undefined where it is accepted. */
  readonly words: RegExp | undefined;
}

const past = { notBefore: new Date(0), notAfter: new Date(Date.UTC(2020, 0, 2, 3, 4, 5)) };
const future = { notBefore: new Date(Date.UTC(2100, 0, 1)), notAfter: new Date(Date.UTC(2101, 0, 1)) };
/** Long enough for tests that judge by the real clock. */
export const longLived = { notBefore: new Date(0), notAfter: new Date(Date.UTC(2099, 0, 1)) };

/** Client certificates, under `ca` and not; R04. */
export const clientCases = (ca: Made): readonly PeerCase[] => {
  const one = (name: string, leaf: Made | undefined, words?: RegExp, ...above: Made[]): PeerCase => ({
    name,
    leaf,
    above,
    words,
  });
  const middle = makeCa("middle", longLived, ca);
  const leaf = makeServer(ca, { ...longLived, purposes: [] });
  return [
    one("a good one", makeClient(ca, longLived)),
    one("without purposes, as the original's", makeClient(ca, { ...longLived, purposes: [] })),
    one("under an intermediate authority", makeClient(middle, longLived), undefined, middle),
    one("none", undefined, /^no certificate was presented$/),
    one("self-signed", makeCertificate({ commonName: "laptop", ...longLived }), /is self-signed/),
    one(
      "of another authority",
      makeClient(makeCa("other", longLived), longLived),
      /unknown authority \(issuer CN=other\)/,
    ),
    one(
      "of another authority of the same name",
      makeClient(makeCa("octoproxy ca", longLived), longLived),
      /did not make/,
    ),
    one(
      "under an intermediate that is not presented",
      makeClient(middle, longLived),
      /unknown authority \(issuer CN=middle\)/,
    ),
    one("expired", makeClient(ca, past), /CN=laptop expired on 2020-01-02 03:04:05 UTC/),
    one("not yet valid", makeClient(ca, future), /is not valid before 2100-01-01 00:00:00 UTC/),
    one(
      "for servers only",
      makeClient(ca, { ...longLived, purposes: [oids.serverAuth] }),
      /is for servers only \(no clientAuth\)/,
    ),
    one(
      "without digitalSignature",
      makeClient(ca, { ...longLived, keyUsage: ["keyAgreement"] }),
      /no digitalSignature/,
    ),
    one("that of an authority", makeClient(ca, { ...longLived, isCa: true }), /certificate authority/),
    one(
      "signed by a leaf",
      makeClient(leaf, longLived),
      /CN=tokyo, which is not a certificate authority/,
      leaf,
    ),
  ];
};

/** A server's certificate, the name that is wanted, and whether it will do; R05. */
export const serverCases = (ca: Made) => {
  const dnsOnly = makeServer(ca, { ...longLived, names: [{ type: "DNS", value: "localhost" }] });
  const ipOnly = makeServer(ca, { ...longLived, names: [{ type: "IP", value: "127.0.0.1" }] });
  const textual = makeServer(ca, { ...longLived, names: [{ type: "DNS", value: "127.0.0.1" }] });
  const nameless = makeServer(ca, { ...longLived, commonName: "localhost", names: [] });
  const client = makeServer(ca, { ...longLived, purposes: [oids.clientAuth] });
  return [
    { name: "DNS name", leaf: dnsOnly, wanted: "localhost", words: undefined },
    { name: "IP literal", leaf: ipOnly, wanted: "127.0.0.1", words: undefined },
    {
      name: "another DNS name",
      leaf: dnsOnly,
      wanted: "other.example",
      words: /bears DNS:localhost, not other\.example/,
    },
    {
      name: "IP literal, certificate with DNS only",
      leaf: dnsOnly,
      wanted: "127.0.0.1",
      words: /bears DNS:localhost, not 127\.0\.0\.1/,
    },
    {
      name: "IP literal written as DNS name",
      leaf: textual,
      wanted: "127.0.0.1",
      words: /bears DNS:127\.0\.0\.1, not 127\.0\.0\.1/,
    },
    { name: "common name only", leaf: nameless, wanted: "localhost", words: /bears no name at all/ },
    { name: "for clients only", leaf: client, wanted: "tokyo.example", words: /is for clients only/ },
    {
      name: "none of ours",
      leaf: makeServer(makeCa("other", longLived), longLived),
      wanted: "tokyo.example",
      words: /unknown authority/,
    },
  ] as const;
};
