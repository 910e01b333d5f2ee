import { readSignatureAlgorithm, signatureBits } from "./certificate-codec.ts";
import {
  type Asn1Node,
  bytesOf,
  childrenOf,
  DerError,
  firstInside,
  fromDer,
  isTagged,
  isUniversal,
  readInteger,
  readTime,
  tag,
} from "./der.ts";
import { type DistinguishedName, readName } from "./distinguished-name.ts";
import { readExtension } from "./extensions.ts";
import { oids, revocationReasons } from "./object-identifiers.ts";

/** A certificate that is not to be accepted any more. */
export interface Revocation {
  readonly date: Date;
  /** RFC 5280's name of it, `unspecified` where none is given. */
  readonly reason: string;
}

/** A certificate revocation list, RFC 5280 section 5. Neither its signature nor its dates are judged here. */
export interface RevocationList {
  /** The whole list, for those who judge by themselves (rustls). */
  readonly der: Uint8Array;
  readonly issuer: DistinguishedName;
  readonly thisUpdate: Date;
  /** Undefined where the list does not say when it ends. */
  readonly nextUpdate: Date | undefined;
  /** By serial number, as `CertificateFields.serial`. */
  readonly revoked: ReadonlyMap<string, Revocation>;
  /** cRLNumber as hexadecimal. */
  readonly number: string | undefined;
  readonly signed: Uint8Array;
  readonly algorithm: string;
  readonly signature: Buffer;
}

const knownListExtensions: ReadonlySet<string> = new Set([oids.authorityKeyIdentifier, oids.cRLNumber]);
const knownEntryExtensions: ReadonlySet<string> = new Set([oids.reasonCode, oids.invalidityDate]);

/** @throws DerError where the bytes are no CRL, or one of a kind that must not be half understood (delta, indirect). */
export const readRevocationList = (der: Uint8Array): RevocationList => {
  const outer = fromDer(der);
  const [tbs, algorithm] = childrenOf(outer, tag.sequence);
  const parts = [...childrenOf(tbs, tag.sequence)];
  if (isUniversal(parts[0], tag.integer)) parts.shift();
  const [, issuer, thisUpdate, ...rest] = parts;
  const nextUpdate = isDate(rest[0]) ? readTime(rest.shift()) : undefined;
  const entries = isUniversal(rest[0], tag.sequence) ? childrenOf(rest.shift()) : [];
  const extensions = isTagged(rest[0], 0) ? childrenOf(childrenOf(rest[0])[0], tag.sequence) : [];
  let number: string | undefined;
  for (const { id, critical, value } of extensions.map(readExtension)) {
    if (id === oids.cRLNumber) number = readInteger(fromDer(value));
    else if (critical && !knownListExtensions.has(id)) {
      throw new DerError(`is of a kind that is not supported (critical extension ${id})`);
    }
  }
  return {
    der,
    issuer: readName(issuer),
    thisUpdate: readTime(thisUpdate),
    nextUpdate,
    revoked: new Map(entries.map(readEntry)),
    number,
    signed: firstInside(der),
    algorithm: readSignatureAlgorithm(algorithm).oid,
    signature: signatureBits(outer),
  };
};

const readEntry = (node: Asn1Node): [string, Revocation] => {
  const [serial, date, extensions] = childrenOf(node, tag.sequence);
  let reason = 0;
  for (const { id, critical, value } of extensions
    ? childrenOf(extensions, tag.sequence).map(readExtension)
    : []) {
    if (id === oids.reasonCode) reason = bytesOf(fromDer(value), tag.enumerated)[0] ?? 0;
    else if (critical && !knownEntryExtensions.has(id)) {
      throw new DerError(`has an entry of a kind that is not supported (critical extension ${id})`);
    }
  }
  const name = revocationReasons.get(reason) ?? "unspecified";
  return [readInteger(serial), { date: readTime(date), reason: name }];
};

const isDate = (node: Asn1Node | undefined): boolean =>
  isUniversal(node, tag.utcTime) || isUniversal(node, tag.generalizedTime);
