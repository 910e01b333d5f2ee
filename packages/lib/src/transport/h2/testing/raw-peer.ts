import type { Duplex } from "node:stream";
import { HpackDecoder } from "../hpack/decoder.ts";
import { HpackEncoder } from "../hpack/encoder.ts";
import type { HeaderField } from "../hpack/header-field.ts";
import {
  flags,
  frame,
  ping,
  preface,
  type RawFrame,
  RawFrameReader,
  settings,
  settingsAck,
  types,
} from "./raw-frames.ts";

export interface RawPeerOptions {
  readonly role: "client" | "server";
  /** What its first SETTINGS say. */
  readonly settings?: Readonly<Record<number, number>>;
  /** Never reads a byte of what it is sent. Default false. */
  readonly deaf?: boolean;
  /** What is asked for where an attack says one of the test's targets (`echo.test:7`). Default: as it says. */
  readonly authorityOf?: (name: string) => string;
  /** The first stream that an attack may open. Default 1. */
  readonly firstStream?: number;
}

export interface Goaway {
  readonly code: number;
  readonly words: string;
}

/** The other side of a connection, frame by frame, as rude as a test wants it. Polite only in acknowledging. */
export class RawPeer {
  readonly socket: Duplex;
  readonly firstStream: number;
  readonly encoder = new HpackEncoder();
  readonly decoder = new HpackDecoder();
  /** Frames that came, DATA and PING left out. */
  readonly frames: RawFrame[] = [];
  /** Bytes of DATA by stream. */
  readonly received = new Map<number, number>();
  /** Told about the bytes of DATA. */
  onData: ((stream: number, payload: Buffer) => void) | undefined;
  /** Bytes of DATA that the connection's window has allowed so far. */
  credit = 65_535;
  goaway: Goaway | undefined;
  goawayAt = 0;
  closed = false;
  closedAt = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #authorityOf: (name: string) => string;

  constructor(socket: Duplex, options: RawPeerOptions) {
    this.socket = socket;
    this.firstStream = options.firstStream ?? 1;
    this.#authorityOf = options.authorityOf ?? ((name) => name);
    socket.on("error", () => {});
    socket.once("close", () => {
      this.closed = true;
      this.closedAt = performance.now();
      this.#notify();
    });
    const first = settings(options.settings);
    socket.write(options.role === "client" ? Buffer.concat([preface, first]) : first);
    if (options.deaf === true) return;
    const reader = new RawFrameReader();
    let skip = options.role === "server" ? preface.length : 0;
    socket.on("data", (chunk: Buffer) => {
      const bytes = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - bytes.length;
      for (const one of reader.push(bytes)) this.#frame(one);
      this.#notify();
    });
  }

  /** Writes, and waits where the socket asks for it; resolves with false once the socket is gone. */
  async send(...parts: Uint8Array[]): Promise<boolean> {
    if (this.closed || this.socket.destroyed) return false;
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    if (this.socket.write(bytes)) {
      await new Promise((resolve) => setImmediate(resolve));
    } else {
      await new Promise<void>((resolve) => {
        const done = () => {
          this.socket.off("drain", done).off("close", done);
          resolve();
        };
        this.socket.on("drain", done).on("close", done);
      });
    }
    return !this.closed && !this.socket.destroyed;
  }

  /** As `send`, but false also where the other side has not taken the bytes in time. */
  async sendWithin(milliseconds: number, ...parts: Uint8Array[]): Promise<boolean> {
    const late = AbortSignal.timeout(milliseconds);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    late.addEventListener("abort", () => resolve(false), { once: true });
    return Promise.race([this.send(...parts), promise]);
  }

  /** Sends the same bytes until the socket is gone or `times` is reached. */
  async flood(bytes: Uint8Array, times = Number.POSITIVE_INFINITY): Promise<void> {
    for (let round = 0; round < times && (await this.send(bytes)); round += 1);
  }

  headers(stream: number, fields: readonly HeaderField[], flag: number = flags.endHeaders): Buffer {
    return frame(types.headers, flag, stream, this.encoder.encode(fields));
  }

  connect(stream: number, authority: string): Buffer {
    return this.headers(stream, [
      [":method", "CONNECT"],
      [":authority", this.#authorityOf(authority)],
    ]);
  }

  /** Resolves when `condition` holds (or the socket is gone); it is looked at after each read. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.closed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
  }

  /** The first HEADERS of the stream, waited for. */
  async status(stream: number): Promise<string | undefined> {
    const find = () => this.frames.find((one) => one.type === types.headers && one.stream === stream);
    await this.until(() => find() !== undefined);
    const found = find();
    if (found === undefined) return undefined;
    return this.decoder.decode(found.payload).find(([name]) => name === ":status")?.[1];
  }

  /** The error code of the stream's RST_STREAM, waited for. */
  async resetCode(stream: number): Promise<number | undefined> {
    const find = () => this.frames.find((one) => one.type === types.rstStream && one.stream === stream);
    await this.until(() => find() !== undefined);
    return find()?.payload.readUInt32BE(0);
  }

  /** A PING there and back: everything before it has been read by the other side. */
  async roundTrip(): Promise<void> {
    const before = this.#pongs;
    await this.send(ping());
    await this.until(() => this.#pongs > before);
  }

  destroy(): void {
    this.socket.destroy();
  }

  #pongs = 0;

  #frame(one: RawFrame): void {
    if (one.type === types.data) {
      this.received.set(one.stream, (this.received.get(one.stream) ?? 0) + one.payload.length);
      this.onData?.(one.stream, one.payload);
    } else if (one.type === types.ping) {
      if ((one.flags & flags.ack) !== 0) this.#pongs += 1;
      else this.socket.write(frame(types.ping, flags.ack, 0, one.payload));
    } else {
      this.frames.push({ ...one, payload: Buffer.from(one.payload) });
    }
    if (one.type === types.windowUpdate && one.stream === 0) this.credit += one.payload.readUInt32BE(0);
    if (one.type === types.settings && (one.flags & flags.ack) === 0) this.socket.write(settingsAck);
    if (one.type === types.goaway) {
      this.goaway = { code: one.payload.readUInt32BE(4), words: one.payload.toString("utf8", 8) };
      this.goawayAt = performance.now();
    }
  }

  #notify(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
