import type { OutputBlock } from "./output-block.ts";
import { clientPreface, errorCode, flag, frameType } from "./wire-constants.ts";

/** Appends what a client says first. */
export const writePreface = (out: OutputBlock): void => {
  const at = out.reserve(clientPreface.length);
  out.bytes.set(clientPreface, at);
};

/** Appends a header block: HEADERS, and CONTINUATION where it does not fit into one frame. */
export const writeHeaders = (
  out: OutputBlock,
  streamId: number,
  block: Uint8Array,
  endStream: boolean,
  maxFrameSize: number,
): void => {
  let from = 0;
  let type: number = frameType.headers;
  let flags = endStream ? flag.endStream : 0;
  do {
    const to = Math.min(block.length, from + maxFrameSize);
    if (to === block.length) flags |= flag.endHeaders;
    const at = out.frame(to - from, type, flags, streamId);
    out.bytes.set(block.subarray(from, to), at);
    from = to;
    type = frameType.continuation;
    flags = 0;
  } while (from < block.length);
};

/** Appends SETTINGS with the given identifiers and values. */
export const writeSettings = (out: OutputBlock, entries: readonly (readonly [number, number])[]): void => {
  let at = out.frame(entries.length * 6, frameType.settings, 0, 0);
  for (const [id, value] of entries) {
    out.bytes.writeUInt16BE(id, at);
    out.bytes.writeUInt32BE(value, at + 2);
    at += 6;
  }
};

export const writeSettingsAck = (out: OutputBlock): void => {
  out.frame(0, frameType.settings, flag.ack, 0);
};

/** Appends PING; the payload's eight bytes are two unsigned words. */
export const writePing = (out: OutputBlock, high: number, low: number): void => {
  const at = out.frame(8, frameType.ping, 0, 0);
  out.bytes.writeUInt32BE(high, at);
  out.bytes.writeUInt32BE(low, at + 4);
};

export const writePingAck = (out: OutputBlock, payload: Uint8Array): void => {
  const at = out.frame(8, frameType.ping, flag.ack, 0);
  out.bytes.set(payload, at);
};

export const writeWindowUpdate = (out: OutputBlock, streamId: number, increment: number): void => {
  const at = out.frame(4, frameType.windowUpdate, 0, streamId);
  out.bytes.writeUInt32BE(increment, at);
};

export const writeResetStream = (out: OutputBlock, streamId: number, code: number): void => {
  const at = out.frame(4, frameType.resetStream, 0, streamId);
  out.bytes.writeUInt32BE(code, at);
};

/** Debug data longer than this is cut: it is a sentence for a person. */
const maxDebugData = 512;

export const writeGoaway = (
  out: OutputBlock,
  lastStreamId: number,
  code: number = errorCode.noError,
  words = "",
): void => {
  const debug = Buffer.from(words, "utf8").subarray(0, maxDebugData);
  const at = out.frame(8 + debug.length, frameType.goaway, 0, 0);
  out.bytes.writeUInt32BE(lastStreamId, at);
  out.bytes.writeUInt32BE(code, at + 4);
  out.bytes.set(debug, at + 8);
};
