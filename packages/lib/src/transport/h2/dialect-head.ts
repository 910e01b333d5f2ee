/**
 * The head of a tunnel in the dialect of the Rust original, which two published variants write differently:
 * `git` (the repository's last commit) has a u16 length and `host:port`, `crate` (0.1.1 as published) an HTTP/1.1
 * CONNECT. The first byte tells them apart: a length has a high byte below that of `C`.
 */
export type DialectVariant = "git" | "crate";

/** Longest `host:port`, and longest head in text. */
const maxAuthority = 1024;
const maxTextHead = 4096;
const letterC = 0x43;

export interface DialectHead {
  readonly authority: string;
  /** Bytes of the head; what follows belongs to the tunnel. */
  readonly length: number;
}

/** @returns undefined while the head is not whole. @throws Error where it is not one. */
export const readDialectHead = (bytes: Uint8Array): DialectHead | undefined => {
  const first = bytes[0];
  if (first === undefined) return undefined;
  return first < letterC ? readGitHead(bytes) : readCrateHead(bytes);
};

const readGitHead = (bytes: Uint8Array): DialectHead | undefined => {
  if (bytes.length < 2) return undefined;
  const length = (bytes[0]! << 8) | bytes[1]!;
  if (length === 0 || length > maxAuthority) throw new Error(`a target of ${length} bytes`);
  if (bytes.length < 2 + length) return undefined;
  return { authority: latin1(bytes.subarray(2, 2 + length)), length: 2 + length };
};

const readCrateHead = (bytes: Uint8Array): DialectHead | undefined => {
  const known = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, maxTextHead));
  const end = known.indexOf("\r\n\r\n");
  if (end < 0) {
    if (known.length === maxTextHead) throw new Error("a head that does not end");
    if (!"CONNECT ".startsWith(latin1(known.subarray(0, 8)))) throw new Error("not a CONNECT");
    return undefined;
  }
  const authority = /^CONNECT (\S{1,1024}) HTTP\/1\.[01](?:\r\n|$)/.exec(latin1(known.subarray(0, end)))?.[1];
  if (authority === undefined) throw new Error("not a CONNECT");
  return { authority, length: end + 4 };
};

/** The head as the variant's server wants it. */
export const writeDialectHead = (variant: DialectVariant, authority: string): Uint8Array => {
  if (variant === "crate") {
    return Buffer.from(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`, "latin1");
  }
  const head = Buffer.alloc(2 + authority.length);
  head.writeUInt16BE(authority.length, 0);
  head.write(authority, 2, "latin1");
  return head;
};

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
