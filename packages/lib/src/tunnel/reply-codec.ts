import { ProxyError } from "../error/proxy-error.ts";
import {
  formatProxyStatus,
  maxProxyStatusLength,
  type ProxyStatusMember,
  parseProxyStatus,
  type Refusal,
} from "./proxy-status.ts";

/** The server's yes: what follows are the tunnel's bytes. */
export const okReply: Uint8Array = Buffer.from("OK");

/** The server's no: `ER`, `u16` length, a Proxy-Status value in UTF-8. FIN comes after it. */
export const encodeRefusal = (refusal: Refusal): Buffer => {
  const words = Buffer.from(formatProxyStatus(refusal.members)).subarray(0, maxProxyStatusLength);
  const reply = Buffer.allocUnsafe(4 + words.length);
  reply.write("ER", "latin1");
  reply.writeUInt16BE(words.length, 2);
  words.copy(reply, 4);
  return reply;
};

/** The answer to the limit's question: `OK` and a `u32`. */
export const encodeLimit = (limit: number): Buffer => {
  const reply = Buffer.from("OK....");
  reply.writeUInt32BE(limit, 2);
  return reply;
};

export type Reply =
  | { readonly kind: "ok"; readonly rest: Uint8Array | undefined }
  | { readonly kind: "refused"; readonly members: readonly ProxyStatusMember[] };

const yes = 0x4f4b;
const no = 0x4552;

/** Puts a reply together from pieces. */
export class ReplyDecoder {
  #held: Buffer | undefined;

  /**
   * @returns the reply once it is whole.
   * @throws ProxyError `PROTOCOL_ERROR` as soon as it cannot become one.
   */
  push(chunk: Uint8Array): Reply | undefined {
    const bytes = this.#held === undefined ? view(chunk) : Buffer.concat([this.#held, chunk]);
    if (bytes.length >= 2) {
      const word = bytes.readUInt16BE(0);
      if (word === yes) return { kind: "ok", rest: bytes.length > 2 ? bytes.subarray(2) : undefined };
      if (word !== no) throw malformedReply(`it begins with 0x${word.toString(16).padStart(4, "0")}`);
      if (bytes.length >= 4) {
        const length = bytes.readUInt16BE(2);
        if (length > maxProxyStatusLength) throw malformedReply(`its length is ${length}`);
        if (bytes.length >= 4 + length) {
          return { kind: "refused", members: parseProxyStatus(bytes.toString("utf8", 4, 4 + length)) };
        }
      }
    }
    this.#held = Buffer.from(bytes);
    return undefined;
  }
}

const malformedReply = (reason: string): ProxyError =>
  new ProxyError("PROTOCOL_ERROR", { detail: `the server's reply is malformed: ${reason}` });

const view = (chunk: Uint8Array): Buffer =>
  Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
