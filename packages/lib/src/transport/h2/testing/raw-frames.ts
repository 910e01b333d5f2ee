/** Frames written and read by hand, so that tests do not judge the codec by itself. */

export const preface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** Frame types of RFC 9113 section 6. */
export const types = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const flags = { none: 0, ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

/** Error codes of RFC 9113 section 7. */
export const codes = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
} as const;

/** Settings of RFC 9113 section 6.5.2. */
export const settingIds = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export const frame = (
  type: number,
  flag: number,
  stream: number,
  payload: Uint8Array | string = "",
): Buffer => {
  const body = typeof payload === "string" ? Buffer.from(payload, "latin1") : payload;
  const out = Buffer.alloc(9 + body.length);
  out.writeUIntBE(body.length, 0, 3);
  out[3] = type;
  out[4] = flag;
  out.writeUInt32BE(stream, 5);
  out.set(body, 9);
  return out;
};

export const u32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
};

export const settings = (values: Readonly<Record<number, number>> = {}): Buffer => {
  const entries = Object.entries(values).map(([id, value]) => {
    const entry = Buffer.alloc(6);
    entry.writeUInt16BE(Number(id));
    entry.writeUInt32BE(value, 2);
    return entry;
  });
  return frame(types.settings, 0, 0, Buffer.concat(entries));
};

export const settingsOf = (payload: Buffer): Map<number, number> => {
  const values = new Map<number, number>();
  for (let at = 0; at + 6 <= payload.length; at += 6) {
    values.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
  }
  return values;
};

export const settingsAck: Buffer = frame(types.settings, flags.ack, 0);
export const ping = (text = "12345678"): Buffer => frame(types.ping, 0, 0, text);
export const windowUpdate = (stream: number, credit: number): Buffer =>
  frame(types.windowUpdate, 0, stream, u32(credit));
export const rstStream = (stream: number, code: number): Buffer =>
  frame(types.rstStream, 0, stream, u32(code));

/** Cuts a byte stream into frames. */
export class RawFrameReader {
  #rest = Buffer.alloc(0);

  push(bytes: Uint8Array): RawFrame[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    const frames: RawFrame[] = [];
    let at = 0;
    while (this.#rest.length - at >= 9) {
      const end = at + 9 + this.#rest.readUIntBE(at, 3);
      if (end > this.#rest.length) break;
      frames.push({
        type: this.#rest[at + 3]!,
        flags: this.#rest[at + 4]!,
        stream: this.#rest.readUInt32BE(at + 5) & 0x7fffffff,
        payload: this.#rest.subarray(at + 9, end),
      });
      at = end;
    }
    this.#rest = this.#rest.subarray(at);
    return frames;
  }
}
