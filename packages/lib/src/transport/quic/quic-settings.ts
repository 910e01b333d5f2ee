import type { TransportOptions } from "@octoproxy/quic/options";
import { silentClientMs } from "../silent-client.ts";

/** What a user can say about QUIC. */
export interface QuicSettings {
  /** Unread bytes of one tunnel: its throughput is at most this a round trip. */
  readonly streamWindowBytes: number;
  /** Round trip that the first packets reckon with. */
  readonly expectedRttMs: number;
  /** The end of a silent connection, for both sides: the shorter of what they say holds; 0 is off. */
  readonly maxIdleTimeoutMs: number;
  /** A sign of life after so much silence; 0 is off. */
  readonly keepAliveIntervalMs: number;
  readonly congestion: "cubic" | "bbr" | "reno";
}

/** 12.5 MB/s at 100 ms. */
export const defaultQuicSettings: QuicSettings = {
  streamWindowBytes: 1_250_000,
  expectedRttMs: 100,
  maxIdleTimeoutMs: 30_000,
  keepAliveIntervalMs: 5_000,
  congestion: "cubic",
};

/** A server waits longer for a silent client, which may only be asleep. QUIC takes the shorter of what both sides say. */
export const serverQuicSettings: QuicSettings = { ...defaultQuicSettings, maxIdleTimeoutMs: silentClientMs };

const mebibyte = 2 ** 20;

/**
 * Unread tunnels that a connection holds before their bytes block the others of it. A hundred downloads that nobody
 * reads must not (R21), and memory is only used when they are really unread.
 */
const unreadTunnels = 128;

/** For the other side's unread bytes, whatever the windows are. */
const greatestConnectionWindow = 256 * mebibyte;

/** Streams that the server may open to us: its pings. */
const serverPings = 4;

/** Tunnels count against the limit, pings and questions must still go when it is reached. */
const beyondTheLimit = 16;

/**
 * When a packet that has not arrived is taken for lost: quinn's own way, three packets or 9/8 of a round trip, takes
 * each that was overtaken for lost, shrinks its window for it and does not notice that it arrives after all. RFC 9002
 * lets both be greater (6.1); two round trips are as far as RACK goes on such a road (RFC 8985). Measured: without
 * loss but with every tenth packet overtaking 2.2 s instead of 21.7, with loss alone not slower. doc/reliability.md.
 */
const lossDetection = { packetThreshold: 1000, timeThreshold: 2 } as const;

const transport = (settings: QuicSettings, loopback: boolean): TransportOptions => ({
  streamReceiveWindow: settings.streamWindowBytes,
  receiveWindow: Math.min(settings.streamWindowBytes * unreadTunnels, greatestConnectionWindow),
  sendWindow: Math.max(8 * mebibyte, Math.min(2 * settings.streamWindowBytes, greatestConnectionWindow)),
  initialRttMs: settings.expectedRttMs,
  maxIdleTimeoutMs: settings.maxIdleTimeoutMs,
  keepAliveIntervalMs: settings.keepAliveIntervalMs,
  congestion: settings.congestion,
  ...lossDetection,
  // Loopback takes whatever discovery dares to send; real links have Ethernet's 1500 at best.
  ...(loopback ? { initialMtu: 1472, mtuUpperBound: 6500 } : { initialMtu: 1200, mtuUpperBound: 1452 }),
});

export const clientTransport = (settings: QuicSettings, address: string): TransportOptions => ({
  ...transport(settings, isLoopback(address)),
  maxStreams: serverPings,
});

export const serverTransport = (
  settings: QuicSettings,
  address: string,
  maxTunnels: number,
): TransportOptions => ({
  ...transport(settings, isLoopback(address)),
  maxStreams: Math.min(maxTunnels + beyondTheLimit, mebibyte),
});

const isLoopback = (address: string): boolean => address.startsWith("127.") || address.startsWith("[::1]");
