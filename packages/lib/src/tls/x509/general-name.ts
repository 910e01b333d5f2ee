import ipaddr from "ipaddr.js";
import { printable } from "../../error/proxy-error.ts";
import { type Asn1Node, bytesOf, childrenOf, sequence, taggedBytes } from "./der.ts";
import { readName } from "./distinguished-name.ts";

/** A subject alternative name, RFC 5280 section 4.2.1.6. */
export interface GeneralName {
  readonly type: "DNS" | "IP" | "email" | "URI" | "dirName" | "other";
  /** As it stands, not made printable. IP addresses in their usual form. */
  readonly value: string;
  /** Content bytes: an IP address has 4 or 16 of them, a range of addresses 8 or 32. */
  readonly bytes: Buffer;
}

/** Context tags of GeneralName. */
const tags = { email: 1, DNS: 2, dirName: 4, URI: 6, IP: 7 } as const;
const typeOfTag = new Map<number, GeneralName["type"]>(
  Object.entries(tags).map(([type, number]) => [number, type as GeneralName["type"]]),
);

export const readGeneralName = (node: Asn1Node): GeneralName => {
  const type = node.tagClass === 0x80 ? (typeOfTag.get(node.type) ?? "other") : "other";
  if (type === "dirName") {
    return { type, value: readName(childrenOf(node)[0]).text, bytes: Buffer.alloc(0) };
  }
  if (type === "other") return { type, value: `[${node.type}]`, bytes: Buffer.alloc(0) };
  const bytes = bytesOf(node);
  return { type, value: type === "IP" ? addressText(bytes) : bytes.toString("latin1"), bytes };
};

/** `DNS:localhost`, `IP:127.0.0.1`; printable characters only. */
export const formatGeneralName = ({ type, value }: GeneralName): string => `${type}:${printable(value)}`;

/** What a certificate is to be made for. The values are taken as checked. */
export interface WantedName {
  readonly type: "DNS" | "IP" | "email" | "URI";
  readonly value: string;
}

export const writeGeneralNames = (names: readonly WantedName[]): Asn1Node =>
  sequence(
    ...names.map(({ type, value }) =>
      taggedBytes(tags[type], type === "IP" ? addressBytes(value) : Buffer.from(value, "latin1")),
    ),
  );

/** 4 or 16 bytes; an IPv4-mapped IPv6 literal gives the 4. @throws Error where the text is no address. */
export const addressBytes = (literal: string): Buffer =>
  Buffer.from(ipaddr.process(literal.replace(/%.*$/, "")).toByteArray());

const addressText = (bytes: Buffer): string => {
  if (bytes.length === 4 || bytes.length === 16) return ipaddr.fromByteArray([...bytes]).toString();
  const half = bytes.length / 2;
  if (half === 4 || half === 16) {
    return `${addressText(bytes.subarray(0, half))}/${addressText(bytes.subarray(half))}`;
  }
  return `#${bytes.toString("hex")}`;
};
