import { Http2Fault } from "./http2-fault.ts";
import type { Http2Settings } from "./http2-settings.ts";
import { errorCode, initialMaxFrameSize, initialWindow, maxWindow } from "./wire-constants.ts";

/** Identifiers of RFC 9113 section 6.5.2, and one of ours. */
export const settingId = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
  enableConnectProtocol: 8,
  /**
   * Sent by an octoproxy server with the number of resets that it forgives a second; peers that do not know it
   * ignore it (RFC 9113 section 6.5.2). Towards a server that does not say it our client paces its resets, since
   * nghttp2 ends a connection after 1,000 and 33 a second.
   */
  resetsPerSecond: 0xf0c7,
} as const;

/** Largest header list that we accept, in the counting of RFC 9113 section 6.5.2. */
export const maxHeaderListSize = 64 * 1024;
/** A SETTINGS frame with more entries than any sane peer sends is refused before it is kept. */
export const maxSettingsPayload = 6 * 64;

/** What the other side announced, defaults where it did not. */
export interface PeerSettings {
  headerTableSize: number;
  maxConcurrentStreams: number;
  initialWindowSize: number;
  maxFrameSize: number;
  /** undefined: not one of us. */
  resetsPerSecond: number | undefined;
}

export const initialPeerSettings = (): PeerSettings => ({
  headerTableSize: 4096,
  maxConcurrentStreams: 0xffff_ffff,
  initialWindowSize: initialWindow,
  maxFrameSize: initialMaxFrameSize,
  resetsPerSecond: undefined,
});

/** Reads a SETTINGS payload into `peer`; unknown identifiers are skipped. Throws on values out of bounds. */
export const readSettings = (payload: Uint8Array, peer: PeerSettings): void => {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  for (let at = 0; at < payload.length; at += 6) {
    const value = view.getUint32(at + 2);
    switch (view.getUint16(at)) {
      case settingId.headerTableSize:
        peer.headerTableSize = value;
        break;
      case settingId.enablePush:
        if (value > 1) throw new Http2Fault(errorCode.protocolError, "ENABLE_PUSH is neither 0 nor 1");
        break;
      case settingId.maxConcurrentStreams:
        peer.maxConcurrentStreams = value;
        break;
      case settingId.initialWindowSize:
        if (value > maxWindow) {
          throw new Http2Fault(errorCode.flowControlError, "INITIAL_WINDOW_SIZE above 2^31-1");
        }
        peer.initialWindowSize = value;
        break;
      case settingId.maxFrameSize:
        if (value < initialMaxFrameSize || value > 0xff_ffff) {
          throw new Http2Fault(errorCode.protocolError, "MAX_FRAME_SIZE out of bounds");
        }
        peer.maxFrameSize = value;
        break;
      case settingId.resetsPerSecond:
        peer.resetsPerSecond = value;
        break;
    }
  }
};

/** What we announce in the first SETTINGS. */
export const announcedSettings = (
  role: "client" | "server",
  settings: Http2Settings,
): readonly (readonly [number, number])[] => {
  const both = [
    [settingId.initialWindowSize, settings.streamWindow],
    [settingId.maxFrameSize, settings.maxFrameSize],
    [settingId.maxHeaderListSize, maxHeaderListSize],
  ] as const;
  if (role === "client") return [[settingId.enablePush, 0], ...both];
  return [
    [settingId.maxConcurrentStreams, settings.maxConcurrentStreams],
    ...both,
    [settingId.resetsPerSecond, 1000],
  ];
};
