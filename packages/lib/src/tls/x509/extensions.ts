import {
  type Asn1Node,
  bytesOf,
  childrenOf,
  DerError,
  fromDer,
  isTagged,
  isUniversal,
  readBits,
  readBoolean,
  readNumber,
  readOid,
  tag,
} from "./der.ts";
import { type GeneralName, readGeneralName } from "./general-name.ts";
import { type KeyUsageName, keyUsageNames, oids } from "./object-identifiers.ts";

/** Names that an authority may sign, or may not, RFC 5280 section 4.2.1.10. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** What the extensions say; undefined where there is none of that kind. */
export interface CertificateExtensions {
  readonly isCa: boolean;
  /** How many authorities may stand below this one. */
  readonly pathLength: number | undefined;
  readonly keyUsage: ReadonlySet<KeyUsageName> | undefined;
  /** Object identifiers. */
  readonly purposes: readonly string[] | undefined;
  readonly names: readonly GeneralName[];
  readonly nameConstraints: NameConstraints | undefined;
  readonly subjectKeyId: Buffer | undefined;
  /** Critical ones that we do not know, and therefore must not accept. */
  readonly unknownCritical: readonly string[];
}

/** Known well enough to be let pass when critical; policies decide nothing here as no policy is asked for. */
const passed: ReadonlySet<string> = new Set([oids.certificatePolicies, oids.authorityKeyIdentifier]);

export const readExtensions = (nodes: readonly Asn1Node[]): CertificateExtensions => {
  const values = new Map<string, Asn1Node>();
  const unknownCritical: string[] = [];
  for (const { id, critical, value } of nodes.map(readExtension)) {
    if (values.has(id)) throw new DerError("has an extension twice");
    if (known.has(id)) values.set(id, fromDer(value));
    else if (critical && !passed.has(id)) unknownCritical.push(id);
  }
  const get = (id: string): Asn1Node | undefined => values.get(id);
  const keyId = get(oids.subjectKeyIdentifier);
  return {
    ...readBasicConstraints(get(oids.basicConstraints)),
    keyUsage: readKeyUsage(get(oids.keyUsage)),
    purposes: get(oids.extKeyUsage) && childrenOf(get(oids.extKeyUsage), tag.sequence).map(readOid),
    names: readNames(get(oids.subjectAltName)),
    nameConstraints: readNameConstraints(get(oids.nameConstraints)),
    subjectKeyId: keyId && bytesOf(keyId, tag.octetString),
    unknownCritical,
  };
};

const known: ReadonlySet<string> = new Set([
  oids.basicConstraints,
  oids.keyUsage,
  oids.extKeyUsage,
  oids.subjectAltName,
  oids.nameConstraints,
  oids.subjectKeyIdentifier,
]);

/** One extension of a certificate, a CRL or a CRL's entry: its identifier, and its value still as DER. */
export const readExtension = (node: Asn1Node): { id: string; critical: boolean; value: Buffer } => {
  const parts = childrenOf(node, tag.sequence);
  const critical = isUniversal(parts[1], tag.boolean) && readBoolean(parts[1]);
  return { id: readOid(parts[0]), critical, value: bytesOf(parts.at(-1), tag.octetString) };
};

const readBasicConstraints = (
  node: Asn1Node | undefined,
): { isCa: boolean; pathLength: number | undefined } => {
  if (node === undefined) return { isCa: false, pathLength: undefined };
  const parts = childrenOf(node, tag.sequence);
  const isCa = isUniversal(parts[0], tag.boolean) && readBoolean(parts[0]);
  const last = parts.at(-1);
  return { isCa, pathLength: isUniversal(last, tag.integer) ? readNumber(last) : undefined };
};

const readKeyUsage = (node: Asn1Node | undefined): ReadonlySet<KeyUsageName> | undefined => {
  if (node === undefined) return undefined;
  const bits = readBits(node);
  return new Set(keyUsageNames.filter((_, bit) => ((bits[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0));
};

const readNames = (node: Asn1Node | undefined): readonly GeneralName[] =>
  node === undefined ? [] : childrenOf(node, tag.sequence).map(readGeneralName);

const readNameConstraints = (node: Asn1Node | undefined): NameConstraints | undefined => {
  if (node === undefined) return undefined;
  const parts = childrenOf(node, tag.sequence);
  const subtrees = (number: number): GeneralName[] => {
    const list = parts.find((part) => isTagged(part, number));
    return list === undefined
      ? []
      : childrenOf(list).map((subtree) => readGeneralName(childrenOf(subtree, tag.sequence)[0] as Asn1Node));
  };
  return { permitted: subtrees(0), excluded: subtrees(1) };
};
