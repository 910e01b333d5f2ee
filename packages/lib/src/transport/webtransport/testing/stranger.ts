import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { Duplex } from "node:stream";
import { sessionPath } from "../outer-layer.ts";

/** A client without a certificate that speaks the outer layer by hand. */
export class Stranger {
  readonly #session: ClientHttp2Session;
  readonly closed: Promise<void>;
  #stream: ClientHttp2Stream | undefined;

  private constructor(session: ClientHttp2Session) {
    this.#session = session;
    this.closed = new Promise((resolve) => session.once("close", () => resolve()));
    session.on("error", () => {});
  }

  /**
   * Connects and asks for a session; resolves when it has one, or is turned away.
   * @param from the address that it comes from.
   */
  static async arrive(
    address: string,
    { path = sessionPath, from }: { readonly path?: string; readonly from?: string } = {},
  ): Promise<Stranger> {
    const session = connect(`https://${address}`, {
      rejectUnauthorized: false,
      ...(from === undefined ? {} : { localAddress: from }),
    });
    const stranger = new Stranger(session);
    await Promise.race([new Promise((resolve) => session.once("remoteSettings", resolve)), stranger.closed]);
    if (!session.destroyed) await stranger.ask(path);
    return stranger;
  }

  get gone(): boolean {
    return this.#session.destroyed;
  }

  /** @returns the status; undefined where the connection ended. */
  async ask(path: string): Promise<number | undefined> {
    const stream = this.#session.request({
      ":method": "CONNECT",
      ":protocol": "webtransport",
      ":scheme": "https",
      ":path": path,
    });
    stream.on("error", () => {});
    stream.resume();
    this.#stream ??= stream;
    const answer = new Promise<number | undefined>((resolve) => {
      stream.once("response", (headers) => resolve(Number(headers[":status"])));
    });
    return Promise.race([answer, this.closed.then(() => undefined)]);
  }

  /** Resolves when it may send on, or is gone. */
  async send(bytes: Uint8Array): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined || stream.destroyed || this.gone) return;
    if (stream.write(bytes)) return;
    await Promise.race([new Promise((resolve) => stream.once("drain", resolve)), this.closed]);
  }

  /** The first stream of the session, to speak TLS over. Answers of the server are read capsule by capsule. */
  pipe(): Duplex {
    const reader = new StreamReader();
    const pipe = new Duplex({
      read() {},
      write: (chunk: Buffer, _encoding, done) =>
        void this.send(dataCapsule(1, chunk)).then(() => done(), done),
    });
    this.#stream?.on("data", (chunk: Buffer) => {
      for (const data of reader.push(chunk)) pipe.push(data);
    });
    void this.closed.then(() => pipe.destroy());
    return pipe;
  }

  leave(): void {
    this.#session.destroy();
  }
}

/** Types of the draft of WebTransport over HTTP/2. */
export const capsuleTypes = { maxData: 0x190b4d3d, maxStreamData: 0x190b4d3e } as const;

const streamCapsule = 0x190b4d3b;

/** RFC 9297: type, length, payload. */
export const capsule = (type: number, payload: Uint8Array): Buffer =>
  Buffer.concat([varint(type), varint(payload.length), payload]);

export const datagramCapsule = (size: number): Buffer => capsule(0, Buffer.alloc(size, 0x2e));

/** Data of a stream by its number: this package lets clients use 1, 5, 9, … for two ways, 3, 7, … for one. */
export const dataCapsule = (stream: number, data: Uint8Array): Buffer =>
  capsule(streamCapsule, Buffer.concat([varint(stream), data]));

/** What the server sends on streams. */
export class StreamReader {
  #rest = Buffer.alloc(0);

  *push(chunk: Buffer): Iterable<Buffer> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const type = readVarint(this.#rest, 0);
      const length = type && readVarint(this.#rest, type.end);
      if (type === undefined || length === undefined) return;
      const end = length.end + length.value;
      if (this.#rest.length < end) return;
      const stream = readVarint(this.#rest, length.end);
      const isData = (type.value | 1) === (streamCapsule | 1);
      if (isData && stream !== undefined) yield Buffer.from(this.#rest.subarray(stream.end, end));
      this.#rest = this.#rest.subarray(end);
    }
  }
}

/** RFC 9000 section 16. */
const readVarint = (
  bytes: Buffer,
  at: number,
): { readonly value: number; readonly end: number } | undefined => {
  const first = bytes[at];
  if (first === undefined) return undefined;
  const size = 1 << (first >> 6);
  if (bytes.length < at + size) return undefined;
  let value = first & 0x3f;
  for (const byte of bytes.subarray(at + 1, at + size)) value = value * 256 + byte;
  return { value, end: at + size };
};

/** In four bytes, below 2^30. */
export const varint = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value + 0x80000000);
  return bytes;
};
