import type { KeyObject } from "node:crypto";
import {
  type Asn1Node,
  bitString,
  boolean,
  childrenOf,
  fromDer,
  integer,
  octetString,
  oid,
  readBits,
  sequence,
  tag,
  tagged,
  taggedBytes,
  time,
  toDer,
} from "./der.ts";
import { type WantedName, writeGeneralNames } from "./general-name.ts";
import { type KeyUsageName, keyUsageNames, oids } from "./object-identifiers.ts";
import { keyIdentifier, signatureAlgorithmOf, signStructure } from "./signing.ts";

/** Who signs: an authority's name as it stands in its own certificate, its key identifier and its private key. */
export interface Signer {
  readonly name: Asn1Node;
  readonly keyId: Uint8Array;
  readonly key: KeyObject;
}

/** All that a new certificate shall say. The values are taken as checked. */
export interface CertificatePlan {
  /** `commonName(…)` in `distinguished-name.ts` makes one. */
  readonly subject: Asn1Node;
  readonly publicKey: KeyObject;
  /** Big-endian and positive; at most 20 bytes (RFC 5280 section 4.1.2.2). */
  readonly serial: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isCa: boolean;
  /** How many authorities may stand below this one; undefined for any number. */
  readonly pathLength?: number;
  /** Empty for none. */
  readonly keyUsage: readonly KeyUsageName[];
  /** Object identifiers; empty for none. */
  readonly purposes: readonly string[];
  readonly names: readonly WantedName[];
}

/** Makes and signs a certificate; without a signer it is signed with `selfKey` by itself. Returns DER. */
export const writeCertificate = (
  plan: CertificatePlan,
  by: Signer | { readonly selfKey: KeyObject },
): Buffer => {
  const keyInfo = fromDer(plan.publicKey.export({ type: "spki", format: "der" }));
  const keyId = keyIdentifier(readBits(childrenOf(keyInfo)[1]));
  const signer = "selfKey" in by ? { name: plan.subject, keyId, key: by.selfKey } : by;
  const tbs = sequence(
    tagged(0, integer(Buffer.of(2))),
    integer(plan.serial),
    signatureAlgorithmOf(signer.key),
    signer.name,
    sequence(time(plan.notBefore), time(plan.notAfter)),
    plan.subject,
    keyInfo,
    tagged(3, sequence(...extensionsOf(plan, keyId, signer.keyId))),
  );
  return signStructure(tbs, signer.key);
};

const extensionsOf = (plan: CertificatePlan, keyId: Uint8Array, authorityKeyId: Uint8Array): Asn1Node[] => {
  const list = [
    // RFC 5280 lets a leaf leave basicConstraints out; saying that it is no authority leaves nothing to guess.
    extension(oids.basicConstraints, basicConstraints(plan), true),
    extension(oids.subjectKeyIdentifier, octetString(keyId)),
    extension(oids.authorityKeyIdentifier, sequence(taggedBytes(0, authorityKeyId))),
  ];
  if (plan.keyUsage.length > 0) list.push(extension(oids.keyUsage, keyUsageBits(plan.keyUsage), true));
  if (plan.purposes.length > 0) list.push(extension(oids.extKeyUsage, sequence(...plan.purposes.map(oid))));
  if (plan.names.length > 0) list.push(extension(oids.subjectAltName, writeGeneralNames(plan.names)));
  return list;
};

/** An extension of a certificate, a CRL, or an entry of a CRL. */
export const extension = (id: string, value: Asn1Node, critical = false): Asn1Node =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(toDer(value)));

const basicConstraints = ({ isCa, pathLength }: CertificatePlan): Asn1Node =>
  sequence(
    ...(isCa ? [boolean(true)] : []),
    ...(pathLength === undefined ? [] : [integer(Buffer.of(pathLength))]),
  );

const keyUsageBits = (usages: readonly KeyUsageName[]): Asn1Node => {
  const positions = usages.map((usage) => keyUsageNames.indexOf(usage));
  const last = Math.max(...positions);
  const bytes = Buffer.alloc((last >> 3) + 1);
  for (const bit of positions) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  // DER: a list of named bits ends with its last bit that is set.
  return bitString(bytes, 7 - (last & 7));
};

/** The subject of an existing certificate, as the bytes that must stand as issuer in what it signs. */
export const subjectNodeOf = (certificate: Uint8Array): Asn1Node => {
  const tbs = childrenOf(childrenOf(fromDer(certificate), tag.sequence)[0], tag.sequence);
  const first = tbs[0];
  return tbs[first !== undefined && first.tagClass === 0x80 ? 5 : 4] as Asn1Node;
};
