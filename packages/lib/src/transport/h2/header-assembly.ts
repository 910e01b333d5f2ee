import { Http2Fault } from "./http2-fault.ts";
import { errorCode, flag, frameType } from "./wire-constants.ts";

/** CONTINUATION frames of one block, and bytes of all of it (CVE-2024-27316 and its kin). */
const maxParts = 8;
export const maxHeaderBlock = 64 * 1024;

/** A block that is complete, still encoded. */
export interface HeaderBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  /** The frame made the stream depend on itself (RFC 7540 section 5.3.1): a stream error. */
  readonly selfDependent: boolean;
  readonly bytes: Uint8Array;
}

/** Gathers a header block from HEADERS and CONTINUATION. Nothing may come between them (RFC 9113 section 6.10). */
export class HeaderAssembly {
  #open: HeaderBlock | undefined;
  #parts: Uint8Array[] = [];
  #length = 0;

  /** Checks a frame's head against an open block; throws where the frame may not come now or is too much. */
  begin(type: number, streamId: number, length: number): void {
    const continues = type === frameType.continuation;
    if (this.#open === undefined ? continues : !continues || streamId !== this.#open.streamId) {
      throw new Http2Fault(errorCode.protocolError, "a header block was interrupted or never begun");
    }
    if (!continues && type !== frameType.headers) return;
    if (this.#length + length > maxHeaderBlock + 256 || this.#parts.length > maxParts) {
      throw new Http2Fault(errorCode.enhanceYourCalm, "the header block is too large");
    }
  }

  headers(flags: number, streamId: number, payload: Uint8Array): HeaderBlock | undefined {
    let from = 0;
    let to = payload.length;
    if ((flags & flag.padded) !== 0) {
      from = 1;
      to -= payload[0] ?? 0;
    }
    let selfDependent = false;
    if ((flags & flag.priority) !== 0) {
      selfDependent = to - from >= 5 && dependencyOf(payload, from) === streamId;
      from += 5;
    }
    if (from > to) throw new Http2Fault(errorCode.protocolError, "HEADERS is all padding");
    const endStream = (flags & flag.endStream) !== 0;
    const block = { streamId, endStream, selfDependent, bytes: payload.subarray(from, to) };
    if ((flags & flag.endHeaders) !== 0) return block;
    this.#open = block;
    this.#keep(block.bytes);
    return undefined;
  }

  continuation(flags: number, payload: Uint8Array): HeaderBlock | undefined {
    this.#keep(payload);
    if ((flags & flag.endHeaders) === 0) return undefined;
    const block = { ...this.#open!, bytes: Buffer.concat(this.#parts) };
    this.#open = undefined;
    this.#parts = [];
    this.#length = 0;
    return block;
  }

  #keep(payload: Uint8Array): void {
    // A copy: the frame's payload is ours only during the call.
    this.#parts.push(new Uint8Array(payload));
    this.#length += payload.length;
  }
}

/** The stream on which a priority field depends. */
export const dependencyOf = (payload: Uint8Array, at: number): number =>
  ((payload[at]! & 0x7f) << 24) | (payload[at + 1]! << 16) | (payload[at + 2]! << 8) | payload[at + 3]!;
