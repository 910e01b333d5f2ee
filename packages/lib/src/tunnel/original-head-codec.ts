import { type Head, type HeadReader, headOf, malformedHead, maxHeadLength } from "./head-codec.ts";

// Heads of the Rust original (schwartx/octoproxy), whose two published states do not understand each other: `git`, the
// repository's last commit, writes `u16` length and `host:port`; `crate`, octoproxy 0.1.1, an HTTP/1.1 CONNECT.
// Their bytes are recorded in `testing/original-dialect/`.

/** The original's variants. */
export type OriginalVariant = "git" | "crate";

/** A head as that variant reads it. */
export const encodeOriginalHead = (target: string, variant: OriginalVariant): Buffer => {
  if (variant === "crate")
    return Buffer.from(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`, "latin1");
  const head = Buffer.from(`..${target}`, "latin1");
  head.writeUInt16BE(target.length);
  return head;
};

/** Longest text of a `crate` head: twice the target, and the words around. */
const maxTextLength = 2 * maxHeadLength + 64;

const letterC = 0x43;

/** Tells the variants apart by the first byte: a length of 0x4300 and more is no host. */
export class OriginalHeadDecoder implements HeadReader {
  #held: Buffer | undefined;

  push(chunk: Uint8Array): Head | undefined {
    const bytes = this.#held === undefined ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk]);
    const first = bytes[0];
    if (first === undefined) return undefined;
    const head = first === letterC ? readText(bytes) : readCounted(bytes);
    this.#held = bytes;
    return head;
  }
}

const readCounted = (bytes: Buffer): Head | undefined => {
  if (bytes[0]! > letterC) throw malformedHead(`it begins with 0x${bytes[0]!.toString(16)}`);
  if (bytes.length < 2) return undefined;
  const length = bytes.readUInt16BE(0);
  if (length === 0 || length > maxHeadLength) throw malformedHead(`its length is ${length}`);
  return bytes.length < 2 + length ? undefined : headOf(bytes, 2, 2 + length);
};

const readText = (bytes: Buffer): Head | undefined => {
  const end = bytes.indexOf("\r\n\r\n");
  if (end > maxTextLength || (end < 0 && bytes.length > maxTextLength))
    throw malformedHead("it does not end");
  if (end < 0) return undefined;
  const line = bytes.toString("latin1", 0, bytes.indexOf("\r\n"));
  const match = /^CONNECT (\S+) HTTP\/1\.1$/.exec(line);
  if (match === null) throw malformedHead("it is no CONNECT");
  return headOf(bytes, 8, 8 + match[1]!.length, end + 4);
};
