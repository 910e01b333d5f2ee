import asn1 from "node-forge/lib/asn1.js";

/** One element of ASN.1. A primitive's value holds one byte a character (latin1). */
export interface Asn1Node {
  tagClass: number;
  type: number;
  constructed: boolean;
  value: string | Asn1Node[];
}

/** Bytes that are not what the format says. The message is the end of a sentence. */
export class DerError extends Error {
  override readonly name = "DerError";
}

const universal = 0x00;
const context = 0x80;

/** Tag numbers of X.680 that certificates use. */
export const tag = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  oid: 6,
  enumerated: 10,
  utf8String: 12,
  sequence: 16,
  set: 17,
  numericString: 18,
  printableString: 19,
  t61String: 20,
  ia5String: 22,
  utcTime: 23,
  generalizedTime: 24,
  visibleString: 26,
  universalString: 28,
  bmpString: 30,
} as const;

const primitive = (type: number, value: string): Asn1Node => asn1.create(universal, type, false, value);

export const sequence = (...nodes: Asn1Node[]): Asn1Node => asn1.create(universal, tag.sequence, true, nodes);
export const setOf = (...nodes: Asn1Node[]): Asn1Node => asn1.create(universal, tag.set, true, nodes);
export const oid = (dotted: string): Asn1Node => primitive(tag.oid, asn1.oidToDer(dotted).getBytes());
export const boolean = (value: boolean): Asn1Node => primitive(tag.boolean, value ? "\xff" : "\x00");
export const nullNode = (): Asn1Node => primitive(tag.null, "");
export const octetString = (bytes: Uint8Array): Asn1Node => primitive(tag.octetString, latin1(bytes));
/** A bit string of whole bytes, or one whose last `unused` bits do not count. */
export const bitString = (bytes: Uint8Array, unused = 0): Asn1Node =>
  primitive(tag.bitString, String.fromCharCode(unused) + latin1(bytes));
export const utf8String = (text: string): Asn1Node =>
  primitive(tag.utf8String, latin1(Buffer.from(text, "utf8")));
export const enumerated = (value: number): Asn1Node => primitive(tag.enumerated, String.fromCharCode(value));

/** A positive integer of big-endian bytes; a zero byte is put in front where the sign bit is set. */
export const integer = (bytes: Uint8Array): Asn1Node => {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const digits = latin1(bytes.subarray(start));
  return primitive(tag.integer, ((bytes[start] ?? 0) & 0x80) === 0 ? digits || "\x00" : `\x00${digits}`);
};

/** UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5); whole seconds. */
export const time = (date: Date): Asn1Node => {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050
    ? primitive(tag.utcTime, digits.slice(2))
    : primitive(tag.generalizedTime, digits);
};

/** `[n] EXPLICIT`, or any constructed context tag. */
export const tagged = (number: number, ...nodes: Asn1Node[]): Asn1Node =>
  asn1.create(context, number, true, nodes);
/** `[n] IMPLICIT` of a primitive. */
export const taggedBytes = (number: number, bytes: Uint8Array): Asn1Node =>
  asn1.create(context, number, false, latin1(bytes));

export const toDer = (node: Asn1Node): Buffer => Buffer.from(asn1.toDer(node).getBytes(), "latin1");

/** @throws DerError where the bytes are not one whole DER element. */
export const fromDer = (bytes: Uint8Array): Asn1Node => {
  try {
    return asn1.fromDer(latin1(bytes), { strict: true, parseAllBytes: true, decodeBitStrings: false });
  } catch (error) {
    throw new DerError("is not DER", { cause: error });
  }
};

/** The children of a SEQUENCE, a SET or an explicit tag. */
export const childrenOf = (node: Asn1Node | undefined, type?: number): Asn1Node[] => {
  if (node === undefined || !Array.isArray(node.value)) throw new DerError("lacks a part");
  if (type !== undefined && !isUniversal(node, type)) throw new DerError("has a part of the wrong type");
  return node.value;
};

/**
 * The content bytes of a primitive, in memory of their own: a few bytes in Node's pool would keep its 64 KiB for as long
 * as a certificate is kept.
 */
export const bytesOf = (node: Asn1Node | undefined, type?: number): Buffer => {
  if (node === undefined || typeof node.value !== "string") throw new DerError("lacks a part");
  if (type !== undefined && !isUniversal(node, type)) throw new DerError("has a part of the wrong type");
  const bytes = Buffer.allocUnsafeSlow(node.value.length);
  bytes.write(node.value, "latin1");
  return bytes;
};

export const isUniversal = (node: Asn1Node | undefined, type: number): boolean =>
  node !== undefined && node.tagClass === universal && node.type === type;
export const isTagged = (node: Asn1Node | undefined, number: number): boolean =>
  node !== undefined && node.tagClass === context && node.type === number;

export const readOid = (node: Asn1Node | undefined): string => {
  const bytes = bytesOf(node, tag.oid);
  if (bytes.length === 0) throw new DerError("has an empty object identifier");
  return asn1.derToOid(latin1(bytes));
};

/** An integer's bytes as lower-case hexadecimal without leading zeros; negative ones are not told apart. */
export const readInteger = (node: Asn1Node | undefined): string => {
  const hex = bytesOf(node, tag.integer).toString("hex");
  return hex.replace(/^0+(?=.)/, "");
};

/** A small number that is not negative: a version, a path length. */
export const readNumber = (node: Asn1Node | undefined): number => {
  const bytes = bytesOf(node, tag.integer);
  if (bytes.length === 0 || bytes.length > 4 || ((bytes[0] ?? 0) & 0x80) !== 0) {
    throw new DerError("has a number out of range");
  }
  return bytes.readUIntBE(0, bytes.length);
};

export const readBoolean = (node: Asn1Node | undefined): boolean => bytesOf(node, tag.boolean)[0] === 0xff;

/** The bytes of a bit string, without the count of unused bits. */
export const readBits = (node: Asn1Node | undefined): Buffer => {
  const bytes = bytesOf(node, tag.bitString);
  if (bytes.length === 0 || (bytes[0] ?? 0) > 7) throw new DerError("has a broken bit string");
  return bytes.subarray(1);
};

export const readTime = (node: Asn1Node | undefined): Date => {
  const text = bytesOf(node).toString("latin1");
  const generalized = isUniversal(node, tag.generalizedTime);
  if (!generalized && !isUniversal(node, tag.utcTime)) throw new DerError("has a part of the wrong type");
  const match = (
    generalized ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
  ).exec(text);
  if (match === null) throw new DerError("has a broken date");
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(generalized ? year : year < 50 ? 2000 + year : 1900 + year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) throw new DerError("has a broken date");
  return date;
};

/** The first element inside the outermost one, byte by byte as it stands: what a signature covers. */
export const firstInside = (der: Uint8Array): Uint8Array => {
  const outer = headerAt(der, 0);
  const inner = headerAt(der, outer.start);
  if (inner.start + inner.length > der.length) throw new DerError("is cut off");
  return der.subarray(outer.start, inner.start + inner.length);
};

const headerAt = (der: Uint8Array, offset: number): { start: number; length: number } => {
  const first = der[offset + 1];
  if (first === undefined) throw new DerError("is cut off");
  if (first < 0x80) return { start: offset + 2, length: first };
  const count = first & 0x7f;
  if (count === 0 || count > 4 || offset + 2 + count > der.length) throw new DerError("has a broken length");
  let length = 0;
  for (let index = 0; index < count; index += 1) length = length * 256 + (der[offset + 2 + index] ?? 0);
  return { start: offset + 2 + count, length };
};

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
