import { silentClientMs } from "../silent-client.ts";

/** What of HTTP/2 can be configured, both roles. Bounds are checked by the configuration, not here. */
export interface Http2Settings {
  /** Milliseconds without a received byte after which a PING goes out; 0 turns keep-alive off. */
  readonly keepAliveIntervalMs: number;
  /** Milliseconds after that PING without a received byte that end the connection. */
  readonly keepAliveTimeoutMs: number;
  /** Pings also while no tunnel is open. */
  readonly keepAliveWhileIdle: boolean;
  /** Bytes of all tunnels that the peer may send before credit; 65,535 to 2^31-1. */
  readonly connectionWindow: number;
  /** Bytes that tunnels whose readers stand still may hold before their windows shrink. */
  readonly unreadPool: number;
  /** Bytes of one tunnel that the peer may send before its reader took them; 1 to 2^31-1. */
  readonly streamWindow: number;
  /** Largest frame that we accept and, where the peer allows it, send; 16,384 to 16,777,215. */
  readonly maxFrameSize: number;
  /** Bytes waiting to be sent on one connection from which on writers are told to wait. */
  readonly maxSendBuffer: number;
  /** Bytes that may wait for a peer's windows, beside a last chunk of each tunnel; more ends the connection. */
  readonly maxKept: number;
  /** Lets a tunnel's receive window grow to what the path needs, within `connectionWindow`. */
  readonly adaptiveWindow: boolean;
  /** Tunnels that a client may have open at once on a connection; announced by the server. */
  readonly maxConcurrentStreams: number;
}

export const defaultHttp2Settings: Http2Settings = {
  keepAliveIntervalMs: 10_000,
  keepAliveTimeoutMs: 20_000,
  keepAliveWhileIdle: true,
  connectionWindow: 16 * 1024 * 1024,
  unreadPool: 16 * 1024 * 1024,
  streamWindow: 2 * 1024 * 1024,
  maxFrameSize: 256 * 1024,
  maxSendBuffer: 1024 * 1024,
  maxKept: 8 * 1024 * 1024,
  adaptiveWindow: false,
  maxConcurrentStreams: 16_384,
};

/**
 * A server has many clients, any of which may send what its targets do not take: see `ReceiveWindow`. It waits longer for
 * a silent one than a client for a silent server: nobody else could serve it, and it may only be asleep.
 */
export const serverHttp2Settings: Http2Settings = {
  ...defaultHttp2Settings,
  keepAliveTimeoutMs: silentClientMs - defaultHttp2Settings.keepAliveIntervalMs,
  connectionWindow: 3 * 1024 * 1024,
  // Half of it is a stream's whole window: a smaller pool would never give that back once a reader has paused.
  unreadPool: 4 * 1024 * 1024,
};
