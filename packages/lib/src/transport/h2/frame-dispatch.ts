import { ProxyError } from "../../error/proxy-error.ts";
import type { Http2Core } from "./core.ts";
import type { FrameSink } from "./frame-reader.ts";
import { writePingAck, writeSettingsAck } from "./frame-writer.ts";
import { dependencyOf, HeaderAssembly, type HeaderBlock } from "./header-assembly.ts";
import { HpackError } from "./hpack/hpack-error.ts";
import { Http2Fault, protocolFault, sizeFault } from "./http2-fault.ts";
import { maxSettingsPayload, readSettings } from "./settings-codec.ts";
import { type Http2Stream, streamState } from "./stream.ts";
import { errorCode, errorCodeName, flag, frameType } from "./wire-constants.ts";

/** Longest GOAWAY that is read; the rest of a peer's debug data is nobody's need. */
const maxGoaway = 8 * 1024;

/** The incoming side of a connection: checks each frame's place and size and gives it its meaning. */
export class FrameDispatch implements FrameSink {
  readonly #core: Http2Core;
  readonly #headers = new HeaderAssembly();
  #sawSettings = false;
  #dataStream: Http2Stream | undefined;
  #dataLength = 0;

  constructor(core: Http2Core) {
    this.#core = core;
  }

  frameBegin(type: number, flags: number, streamId: number, length: number): boolean {
    const core = this.#core;
    if (length > core.settings.maxFrameSize) throw sizeFault("a frame above MAX_FRAME_SIZE");
    this.#headers.begin(type, streamId, length);
    if (!this.#sawSettings && (type !== frameType.settings || (flags & flag.ack) !== 0)) {
      throw protocolFault("the first frame is not SETTINGS");
    }
    switch (type) {
      case frameType.data:
        this.#beginData(streamId, length);
        return true;
      case frameType.headers:
      case frameType.continuation:
        if (streamId === 0) throw protocolFault("a header block on stream 0");
        return true;
      case frameType.resetStream:
        if (length !== 4) throw sizeFault("RST_STREAM of a wrong size");
        core.table.find(streamId, "RST_STREAM");
        return true;
      case frameType.windowUpdate:
        if (length !== 4) throw sizeFault("WINDOW_UPDATE of a wrong size");
        return true;
      case frameType.goaway:
        if (streamId !== 0) throw protocolFault("GOAWAY on a stream");
        if (length < 8 || length > maxGoaway) throw sizeFault("GOAWAY of a wrong size");
        core.budget.control(core.now);
        return true;
      case frameType.pushPromise:
        throw protocolFault("PUSH_PROMISE, which nobody asked for");
    }
    core.budget.control(core.now);
    return this.#beginControl(type, flags, streamId, length);
  }

  #beginControl(type: number, flags: number, streamId: number, length: number): boolean {
    switch (type) {
      case frameType.settings:
        if (streamId !== 0) throw protocolFault("SETTINGS on a stream");
        if ((flags & flag.ack) !== 0 ? length !== 0 : length % 6 !== 0)
          throw sizeFault("SETTINGS of a wrong size");
        if (length > maxSettingsPayload) throw new Http2Fault(errorCode.enhanceYourCalm, "too many settings");
        return true;
      case frameType.ping:
        if (streamId !== 0) throw protocolFault("PING on a stream");
        if (length !== 8) throw sizeFault("PING of a wrong size");
        return true;
      case frameType.priority:
        if (streamId === 0) throw protocolFault("PRIORITY on stream 0");
        if (length === 5) return true;
        this.#core.streamFault(streamId, errorCode.frameSizeError, "PRIORITY of a wrong size");
        return false;
    }
    return false;
  }

  #beginData(streamId: number, length: number): void {
    const core = this.#core;
    if (streamId === 0) throw protocolFault("DATA on stream 0");
    const stream = core.table.find(streamId, "DATA");
    core.credit.received(length);
    this.#dataStream = undefined;
    this.#dataLength = length;
    if (stream === undefined) {
      if (core.table.wasReset(streamId)) core.table.forgiveData(streamId, length);
      else if (core.isServer) {
        core.streamFault(streamId, errorCode.streamClosed, "DATA on a closed stream");
      }
    } else if ((stream.state & streamState.remoteEnded) !== 0) {
      core.streamFault(streamId, errorCode.streamClosed, "DATA after END_STREAM");
    } else if (length > stream.receiveWindow) {
      core.streamFault(streamId, errorCode.flowControlError, "more than the stream's window was sent");
    } else {
      stream.receiveWindow -= length;
      this.#dataStream = stream;
    }
  }

  dataChunk(chunk: Uint8Array): void {
    this.#dataStream?.receive(chunk);
  }

  dataEnd(flags: number, overhead: number): void {
    const core = this.#core;
    const stream = this.#dataStream;
    this.#dataStream = undefined;
    const ends = (flags & flag.endStream) !== 0;
    if (overhead === this.#dataLength && !ends) core.budget.emptyData(core.now);
    if (stream === undefined || (stream.state & streamState.dead) !== 0) return;
    if (overhead > 0) core.taken(stream, overhead, 0);
    if (ends) core.remoteEnd(stream);
  }

  frame(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    const core = this.#core;
    switch (type) {
      case frameType.headers:
        this.#headerBlock(this.#headers.headers(flags, streamId, payload));
        return;
      case frameType.continuation:
        this.#headerBlock(this.#headers.continuation(flags, payload));
        return;
      case frameType.windowUpdate:
        this.#windowUpdate(streamId, uint32(payload, 0) & 0x7fff_ffff);
        return;
      case frameType.resetStream:
        this.#resetStream(streamId, uint32(payload, 0));
        return;
      case frameType.settings:
        this.#settings(flags, payload);
        return;
      case frameType.ping:
        if ((flags & flag.ack) !== 0) {
          core.pings.acknowledge(uint32(payload, 4), core.now);
          return;
        }
        writePingAck(core.sender.output, payload);
        core.host.wake();
        return;
      case frameType.goaway:
        this.#goaway(payload);
        return;
      case frameType.priority:
        if (dependencyOf(payload, 0) !== streamId) return;
        core.streamFault(streamId, errorCode.protocolError, "a stream that depends on itself");
        return;
    }
  }

  #headerBlock(block: HeaderBlock | undefined): void {
    if (block === undefined) return;
    const core = this.#core;
    const { streamId } = block;
    const stream = core.table.open.get(streamId);
    try {
      const fields = core.decoder.decode(block.bytes);
      if (!block.selfDependent) {
        core.role.head(stream, streamId, fields, block.endStream);
        return;
      }
      this.#mayBegin(stream, streamId);
      core.streamFault(streamId, errorCode.protocolError, "a stream that depends on itself");
    } catch (error) {
      if (!(error instanceof HpackError)) throw error;
      if (error.code !== "LIST_TOO_LARGE") throw new Http2Fault(errorCode.compressionError, error.message);
      core.budget.oversizedList(core.now);
      this.#mayBegin(stream, streamId);
      core.streamFault(streamId, errorCode.enhanceYourCalm, error.message);
    }
  }

  #mayBegin(stream: Http2Stream | undefined, id: number): void {
    if (stream !== undefined || this.#core.table.wasReset(id)) return;
    this.#core.table.checkNew(id);
    this.#core.table.use(id);
  }

  #windowUpdate(streamId: number, increment: number): void {
    const core = this.#core;
    if (streamId === 0) {
      if (increment === 0) throw protocolFault("WINDOW_UPDATE of 0");
      core.sender.creditConnection(increment);
      return;
    }
    const stream = core.table.find(streamId, "WINDOW_UPDATE");
    if (increment === 0) core.streamFault(streamId, errorCode.protocolError, "WINDOW_UPDATE of 0");
    else if (stream !== undefined && !core.sender.creditStream(stream, increment)) {
      core.streamFault(streamId, errorCode.flowControlError, "window above 2^31-1");
    }
  }

  #resetStream(streamId: number, code: number): void {
    const core = this.#core;
    core.budget.reset(core.now);
    const stream = core.table.open.get(streamId);
    if (stream === undefined) return;
    const detail = `the other side reset the tunnel (${errorCodeName(code)})`;
    core.loseStream(stream, new ProxyError("RESET", { detail }), code);
  }

  #settings(flags: number, payload: Uint8Array): void {
    const core = this.#core;
    if ((flags & flag.ack) !== 0) {
      core.keepAlive.settingsAcknowledged();
      return;
    }
    const before = core.peer.initialWindowSize;
    readSettings(payload, core.peer);
    core.encoder.setMaxTableSize(core.peer.headerTableSize);
    core.sender.allowFrames(core.peer.maxFrameSize);
    const change = core.peer.initialWindowSize - before;
    if (change !== 0) {
      for (const stream of core.table.open.values()) {
        if (core.sender.creditStream(stream, change)) continue;
        throw new Http2Fault(errorCode.flowControlError, "INITIAL_WINDOW_SIZE lifts a window above 2^31-1");
      }
    }
    writeSettingsAck(core.sender.output);
    core.host.wake();
    if (this.#sawSettings) return;
    this.#sawSettings = true;
    core.pacer.limits(core.peer.resetsPerSecond);
    if (core.settings.adaptiveWindow) core.ping(() => {});
    core.host.ready();
  }

  #goaway(payload: Uint8Array): void {
    const core = this.#core;
    const lastStreamId = uint32(payload, 0) & 0x7fff_ffff;
    const code = uint32(payload, 4);
    const words = Buffer.from(payload.subarray(8)).toString("utf8");
    core.host.goaway(code, words);
    if (core.isServer) return;
    for (const stream of [...core.table.open.values()]) {
      if (stream.id <= lastStreamId) continue;
      core.loseStream(stream, new ProxyError("BACKEND_DRAINING"), errorCode.refusedStream);
    }
  }
}

const uint32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
