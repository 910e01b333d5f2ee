import type { ErrorCode } from "../error/codes.ts";
import { ProxyError } from "../error/proxy-error.ts";
import { isTokenByte } from "./field-lines.ts";

/** Takes the payload of a chunked body: `chunk` from `start` to `end`, never empty. */
export type PayloadSink = (chunk: Uint8Array, start: number, end: number) => void;

const HT = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const DEL = 0x7f;

/** 13 hexadecimal digits are 52 bits: every size is exact. */
const maxSizeDigits = 13;
/** Extensions of a whole body: nobody needs them, and each byte of payload could carry many (CVE-2024-22019). */
const maxExtensionBytes = 4096;
const maxTrailerBytes = 16 * 1024;

/** RFC 9110 section 6.5.1: what decides framing or routing cannot come after the body. */
const forbiddenTrailers: readonly string[] = [
  "transfer-encoding",
  "content-length",
  "host",
  "connection",
  "trailer",
  "upgrade",
  "content-encoding",
  "content-type",
  "content-range",
  "proxy-authorization",
];

const SIZE_FIRST = 0;
const SIZE = 1;
const EXTENSION_NAME_FIRST = 2;
const EXTENSION_NAME = 3;
const EXTENSION_VALUE_FIRST = 4;
const EXTENSION_TOKEN = 5;
const EXTENSION_QUOTED = 6;
const EXTENSION_ESCAPE = 7;
const EXTENSION_QUOTED_END = 8;
const SIZE_LF = 9;
const DATA = 10;
const DATA_CR = 11;
const DATA_LF = 12;
const TRAILER_FIRST = 13;
const TRAILER_NAME = 14;
const TRAILER_VALUE = 15;
const TRAILER_LF = 16;
const LAST_LF = 17;
const DONE = 18;

/**
 * Follows a chunked body (RFC 9112 section 7.1) through bytes that arrive in any pieces, to know where it ends. It
 * changes nothing: what it let pass can be forwarded as it is, since it has one reading only. Bare line feeds, white
 * space around sizes and extensions, sizes beyond 2^52 and trailers that frame or route are faults.
 */
export class ChunkScanner {
  readonly #code: ErrorCode;
  readonly #payload: PayloadSink | undefined;
  #state = SIZE_FIRST;
  /** Of the chunk being read: its size so far, then what is left of it. */
  #remaining = 0;
  #sizeDigits = 0;
  #extensionBytes = 0;
  #trailerBytes = 0;
  #trailerName = "";

  /** @param code what a malformed body is reported as. @param payload gets the bytes without the framing. */
  constructor(code: ErrorCode, payload?: PayloadSink) {
    this.#code = code;
    this.#payload = payload;
  }

  /** The last chunk and the trailers have been read. */
  get done(): boolean {
    return this.#state === DONE;
  }

  /**
   * Follows `chunk` from index `from` on.
   * @returns the index behind the body where it ended ({@link done}), else the chunk's length.
   * @throws ProxyError. The scanner is of no use afterwards.
   */
  scan(chunk: Uint8Array, from: number): number {
    const end = chunk.length;
    let at = from;
    while (at < end && this.#state !== DONE) {
      if (this.#state === DATA) {
        const take = Math.min(this.#remaining, end - at);
        this.#payload?.(chunk, at, at + take);
        at += take;
        this.#remaining -= take;
        if (this.#remaining === 0) this.#state = DATA_CR;
      } else {
        this.#step(chunk[at++]!);
      }
    }
    return at;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case SIZE_FIRST:
      case SIZE:
        this.#size(byte);
        return;
      case SIZE_LF:
        this.#expect(byte, LF, "a chunk's size ends in CR without LF");
        this.#state = this.#remaining > 0 ? DATA : TRAILER_FIRST;
        return;
      case DATA_CR:
        this.#expect(byte, CR, "a chunk is longer than its size");
        this.#state = DATA_LF;
        return;
      case DATA_LF:
        this.#expect(byte, LF, "a chunk ends in CR without LF");
        this.#remaining = 0;
        this.#sizeDigits = 0;
        this.#state = SIZE_FIRST;
        return;
      case TRAILER_FIRST:
      case TRAILER_NAME:
      case TRAILER_VALUE:
      case TRAILER_LF:
        this.#trailer(byte);
        return;
      case LAST_LF:
        this.#expect(byte, LF, "the body ends in CR without LF");
        this.#state = DONE;
        return;
      default:
        this.#extension(byte);
        return;
    }
  }

  #size(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (++this.#sizeDigits > maxSizeDigits) throw this.#malformed("a chunk's size is too long");
      this.#remaining = this.#remaining * 16 + digit;
      this.#state = SIZE;
    } else if (this.#state === SIZE_FIRST) {
      throw this.#malformed("a chunk's size is not a hexadecimal number");
    } else if (byte === CR) {
      this.#state = SIZE_LF;
    } else if (byte === SEMICOLON) {
      this.#state = EXTENSION_NAME_FIRST;
    } else {
      throw this.#malformed("a chunk's size is not a hexadecimal number");
    }
  }

  /** RFC 9112 section 7.1.1, without the bad white space that it lets recipients tolerate. */
  #extension(byte: number): void {
    if (++this.#extensionBytes > maxExtensionBytes) throw this.#malformed("too many chunk extensions");
    const state = this.#state;
    if (state === EXTENSION_ESCAPE || (state === EXTENSION_QUOTED && byte !== QUOTE)) {
      if ((byte < 0x20 && byte !== HT) || byte === DEL)
        throw this.#malformed("a control character in a chunk extension");
      this.#state = state === EXTENSION_QUOTED && byte === BACKSLASH ? EXTENSION_ESCAPE : EXTENSION_QUOTED;
    } else if (state === EXTENSION_QUOTED) {
      this.#state = EXTENSION_QUOTED_END;
    } else if (isTokenByte(byte) && state !== EXTENSION_QUOTED_END) {
      if (state === EXTENSION_NAME_FIRST) this.#state = EXTENSION_NAME;
      else if (state === EXTENSION_VALUE_FIRST) this.#state = EXTENSION_TOKEN;
    } else if (byte === QUOTE && state === EXTENSION_VALUE_FIRST) {
      this.#state = EXTENSION_QUOTED;
    } else if (byte === EQUALS && state === EXTENSION_NAME) {
      this.#state = EXTENSION_VALUE_FIRST;
    } else if (state === EXTENSION_NAME_FIRST || state === EXTENSION_VALUE_FIRST) {
      throw this.#malformed("a chunk extension lacks a part");
    } else if (byte === SEMICOLON) {
      this.#state = EXTENSION_NAME_FIRST;
    } else if (byte === CR) {
      this.#state = SIZE_LF;
    } else {
      throw this.#malformed("a chunk extension is not name=value");
    }
  }

  #trailer(byte: number): void {
    if (++this.#trailerBytes > maxTrailerBytes) throw this.#malformed("the trailers are too long");
    if (this.#state === TRAILER_FIRST && byte === CR) {
      this.#state = LAST_LF;
    } else if (this.#state === TRAILER_VALUE) {
      if (byte === CR) this.#state = TRAILER_LF;
      else if ((byte < 0x20 && byte !== HT) || byte === DEL)
        throw this.#malformed("a control character in a trailer");
    } else if (this.#state === TRAILER_LF) {
      this.#expect(byte, LF, "a trailer ends in CR without LF");
      this.#trailerName = "";
      this.#state = TRAILER_FIRST;
    } else if (isTokenByte(byte)) {
      this.#trailerName += String.fromCharCode(byte);
      this.#state = TRAILER_NAME;
    } else if (byte === COLON && this.#state === TRAILER_NAME) {
      const name = this.#trailerName.toLowerCase();
      if (forbiddenTrailers.includes(name)) throw this.#malformed(`${name} as a trailer`);
      this.#state = TRAILER_VALUE;
    } else {
      throw this.#malformed("a trailer is not a field line");
    }
  }

  #expect(byte: number, expected: number, fault: string): void {
    if (byte !== expected) throw this.#malformed(fault);
  }

  #malformed(what: string): ProxyError {
    return new ProxyError(this.#code, { detail: `the chunked body is malformed: ${what}` });
  }
}

const hexDigit = (byte: number): number => {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
};
