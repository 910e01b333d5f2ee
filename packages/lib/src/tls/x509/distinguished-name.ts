import { printable } from "../../error/proxy-error.ts";
import {
  type Asn1Node,
  bytesOf,
  childrenOf,
  DerError,
  oid,
  readOid,
  sequence,
  setOf,
  tag,
  toDer,
  utf8String,
} from "./der.ts";
import { attributeNames, oids } from "./object-identifiers.ts";

/** Who a certificate speaks of, or who signed it. */
export interface DistinguishedName {
  /** `CN=laptop, O=Example`, in the certificate's order; printable, with RFC 4514's escapes. */
  readonly text: string;
  /** Equal where two names are equal although encoded differently (case, spaces, string type; RFC 5280 section 7.1). */
  readonly key: string;
  readonly node: Asn1Node;
}

export const readName = (node: Asn1Node | undefined): DistinguishedName => {
  const texts: string[] = [];
  const keys: string[] = [];
  for (const part of childrenOf(node, tag.sequence)) {
    const attributes = childrenOf(part, tag.set).map(readAttribute);
    texts.push(attributes.map(({ text }) => text).join("+"));
    keys.push(JSON.stringify(attributes.map(({ key }) => key).sort()));
  }
  return { text: texts.join(", ") || "(empty name)", key: keys.join(), node: node as Asn1Node };
};

const readAttribute = (node: Asn1Node): { text: string; key: string } => {
  const [type, value] = childrenOf(node, tag.sequence);
  if (value === undefined) throw new DerError("an attribute of a name has no value");
  const dotted = readOid(type);
  const text = readString(value);
  const canonical = text?.trim().replace(/\s+/g, " ").toLowerCase();
  return {
    text: `${attributeNames.get(dotted) ?? dotted}=${text === undefined ? `#${toDer(value).toString("hex")}` : escaped(text)}`,
    key: `${dotted}=${canonical ?? toDer(value).toString("hex")}`,
  };
};

/** A name of one attribute, the common name. */
export const commonName = (text: string): Asn1Node =>
  sequence(setOf(sequence(oid(oids.commonName), utf8String(text))));

/** Text of any of ASN.1's string types, undefined for another type. */
const readString = (node: Asn1Node | undefined): string | undefined => {
  if (node === undefined || node.tagClass !== 0 || typeof node.value !== "string") return undefined;
  const bytes = bytesOf(node);
  switch (node.type) {
    case tag.utf8String:
      return bytes.toString("utf8");
    case tag.printableString:
    case tag.ia5String:
    case tag.t61String:
    case tag.numericString:
    case tag.visibleString:
      return bytes.toString("latin1");
    case tag.bmpString:
      return bytes.length % 2 === 0 ? Buffer.from(bytes).swap16().toString("utf16le") : undefined;
    default:
      return undefined;
  }
};

const escaped = (text: string): string =>
  printable(text)
    .replace(/[\\,+"<>;=]/g, "\\$&")
    .replace(/^[ #]| $/g, "\\$&");
