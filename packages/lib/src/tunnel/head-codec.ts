import { ProxyError } from "../error/proxy-error.ts";

/** Longest target of a head, bytes. */
export const maxHeadLength = 1024;

/** `u16` length, then `host:port` in ASCII: the first bytes of a tunnel over QUIC. @throws ProxyError `BAD_REQUEST`. */
export const encodeHead = (target: string): Buffer => {
  if (target.length === 0 || target.length > maxHeadLength || !/^[\x21-\x7e]*$/.test(target)) {
    throw new ProxyError("BAD_REQUEST", { detail: `"${target.slice(0, 80)}" cannot be sent as a target` });
  }
  const head = Buffer.allocUnsafe(2 + target.length);
  head.writeUInt16BE(target.length);
  head.write(target, 2, "latin1");
  return head;
};

/** A head of length 0: a ping. */
export const pingHead: Uint8Array = Buffer.from([0, 0]);

/** The target of one `*` asks how many tunnels the server allows at once. */
export const limitQuestion = "*";

/** What a stream was opened for, and the bytes that came after the head. */
export interface Head {
  /** Empty for a ping. */
  readonly target: string;
  readonly rest: Uint8Array | undefined;
}

/** Puts a head together from pieces. */
export interface HeadReader {
  /**
   * @returns the head once it is whole.
   * @throws ProxyError `PROTOCOL_ERROR` as soon as it cannot become one.
   */
  push(chunk: Uint8Array): Head | undefined;
}

export class HeadDecoder implements HeadReader {
  #held: Buffer | undefined;

  push(chunk: Uint8Array): Head | undefined {
    const bytes = this.#held === undefined ? view(chunk) : Buffer.concat([this.#held, chunk]);
    if (bytes.length >= 2) {
      const length = bytes.readUInt16BE(0);
      if (length > maxHeadLength) throw malformedHead(`its length is ${length}`);
      if (bytes.length >= 2 + length) return headOf(bytes, 2, 2 + length);
    }
    // What is kept is copied: the chunk belongs to a pool.
    this.#held = Buffer.from(bytes);
    return undefined;
  }
}

/** The head in `bytes` between `start` and `end`. Shared with the dialect's decoder. */
export const headOf = (bytes: Buffer, start: number, end: number, after = end): Head => {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte < 0x21 || byte > 0x7e) throw malformedHead(`it holds the byte 0x${byte.toString(16)}`);
  }
  const rest = after < bytes.length ? bytes.subarray(after) : undefined;
  return { target: bytes.toString("latin1", start, end), rest };
};

export const malformedHead = (reason: string): ProxyError =>
  new ProxyError("PROTOCOL_ERROR", { detail: `the head of a tunnel is malformed: ${reason}` });

const view = (chunk: Uint8Array): Buffer =>
  Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
