import {
  type Asn1Node,
  bytesOf,
  childrenOf,
  DerError,
  fromDer,
  isTagged,
  readBits,
  readInteger,
  readNumber,
  readOid,
  readTime,
  tag,
} from "./der.ts";
import { type DistinguishedName, readName } from "./distinguished-name.ts";
import { type CertificateExtensions, readExtensions } from "./extensions.ts";
import { oids } from "./object-identifiers.ts";

/** What stands in a certificate, RFC 5280 section 4.1. Nothing is judged. */
export interface CertificateFields {
  /** Lower-case hexadecimal without leading zeros. */
  readonly serial: string;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly signature: SignatureAlgorithm;
  /** SubjectPublicKeyInfo's bits: what a key identifier is the hash of. */
  readonly publicKeyBits: Buffer;
  readonly extensions: CertificateExtensions;
}

export interface SignatureAlgorithm {
  readonly oid: string;
  /** The hash that RSASSA-PSS names in its parameters; undefined for the rest. */
  readonly pssHash: string | undefined;
}

/** @throws DerError where the bytes are no certificate. */
export const readCertificateFields = (der: Uint8Array): CertificateFields => {
  const [tbs, algorithm] = childrenOf(fromDer(der), tag.sequence);
  const parts = [...childrenOf(tbs, tag.sequence)];
  const version = isTagged(parts[0], 0) ? readNumber(childrenOf(parts.shift())[0]) + 1 : 1;
  if (version > 3) throw new DerError("is of an unknown version");
  const [serial, inner, issuer, validity, subject, keyInfo, ...rest] = parts;
  const [notBefore, notAfter] = childrenOf(validity, tag.sequence);
  const signature = readSignatureAlgorithm(algorithm);
  if (readSignatureAlgorithm(inner).oid !== signature.oid)
    throw new DerError("names two signature algorithms");
  const extensions = rest.find((part) => isTagged(part, 3));
  return {
    serial: readInteger(serial),
    issuer: readName(issuer),
    subject: readName(subject),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    signature,
    publicKeyBits: readBits(childrenOf(keyInfo, tag.sequence)[1]),
    extensions: readExtensions(extensions ? childrenOf(childrenOf(extensions)[0], tag.sequence) : []),
  };
};

export const readSignatureAlgorithm = (node: Asn1Node | undefined): SignatureAlgorithm => {
  const [id, parameters] = childrenOf(node, tag.sequence);
  const oid = readOid(id);
  if (oid !== oids.rsassaPss) return { oid, pssHash: undefined };
  const hash = childrenOf(parameters, tag.sequence).find((part) => isTagged(part, 0));
  return { oid, pssHash: hash && readOid(childrenOf(childrenOf(hash)[0], tag.sequence)[0]) };
};

/** The whole signature, for formats of the shape SEQUENCE { tbs, algorithm, BIT STRING }. */
export const signatureBits = (outer: Asn1Node): Buffer => readBits(childrenOf(outer, tag.sequence)[2]);

/** Content of an OCTET STRING that is wrapped in DER, as the values of some extensions are. */
export const unwrapOctets = (der: Buffer): Buffer => bytesOf(fromDer(der), tag.octetString);
