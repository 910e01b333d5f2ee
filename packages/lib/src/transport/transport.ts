import type { ProxyError } from "../error/proxy-error.ts";
import type { Refusal } from "../tunnel/proxy-status.ts";
import type { TunnelStream } from "./tunnel-stream.ts";

/** How tunnels travel. `memory` is for tests. */
export type ProtocolName = "http2" | "quic" | "webtransport" | "memory";

/** Who is at the other end, as its verified certificate says. */
export interface PeerIdentity {
  /** Subject in one line, `CN=laptop`. Printable characters only. */
  readonly subject: string;
  /** SHA-256 over the DER, upper-case hex with colons. */
  readonly fingerprint: string;
  /** `DNS:localhost`, `IP:127.0.0.1`, … */
  readonly names: readonly string[];
}

/**
 * One multiplexed, mutually authenticated connection between a client and a server, seen from either side.
 * `close` lets tunnels finish, `destroy` does not; both may be called twice and in any order.
 */
export interface Connection {
  readonly protocol: ProtocolName;
  readonly peer: PeerIdentity;
  /** `ip:port` of the other side. */
  readonly remoteAddress: string;
  /** Tunnels open now, those that wait for a reply included. */
  readonly openStreams: number;
  /** No new tunnel can be opened: closing, draining by the other side's wish (GOAWAY), or dead. */
  readonly draining: boolean;
  /** Resolves once when `draining` has become true, whoever wished it. Never rejects. */
  readonly drainBegun: Promise<void>;
  /** Resolves once when the connection is gone; with the error where it did not end by `close`. Never rejects. */
  readonly closed: Promise<ProxyError | undefined>;
  /**
   * Asks the other side for a sign of life.
   * @returns the round trip in milliseconds.
   * @throws ProxyError `BACKEND_LOST` when the connection dies first, the signal's reason when it is aborted.
   */
  ping(signal: AbortSignal): Promise<number>;
  /** No new tunnels on either side (GOAWAY); resolves when the last one is done. Aborting destroys. */
  close(signal?: AbortSignal): Promise<void>;
  /** Resets every tunnel and closes. The error, if given, is what tunnels and `closed` report. */
  destroy(error?: ProxyError): void;
}

/** A connection that can open tunnels: the client's side. It exists only once the server has accepted our certificate. */
export interface ClientConnection extends Connection {
  /** Tunnels that the server allows at once; may change while connected. */
  readonly streamLimit: number;
  /**
   * Opens a tunnel to `target` (`host:port`) and waits for the server's word.
   * Aborting resets the stream. The stream is paused until it is owned.
   * @throws ProxyError: the server's refusal with its code; `STREAM_LIMIT` at the limit (nothing was sent);
   *   `BACKEND_DRAINING` when draining; `BACKEND_LOST` when reset or cut before the reply.
   */
  open(target: string, signal: AbortSignal): Promise<TunnelStream>;
}

/** A tunnel that a client asks for: exactly one of `accept` and `refuse` is called, once. */
export interface IncomingTunnel {
  /** The target as the client wrote it, not yet judged. */
  readonly authority: string;
  readonly connection: Connection;
  /** Aborted when the client gives up, or its connection dies, before the answer. */
  readonly cancelled: AbortSignal;
  /** Answers success and gives the stream, paused; bytes that the client sent early come first. */
  accept(): TunnelStream;
  /** Answers with a status and `Proxy-Status`. */
  refuse(refusal: Refusal): void;
}

/** What a listener tells the daemon. */
export interface ListenerHandlers {
  /** A client was authenticated. Throwing a ProxyError refuses it with these words. */
  connection(connection: Connection): void;
  tunnel(tunnel: IncomingTunnel): void;
  /** A peer was turned away before it could open a tunnel: the reason, for the log. */
  refused(remoteAddress: string, error: ProxyError): void;
  /** A fault ended the listener's socket and its connections; it opens again by itself. The reason, for the log. */
  reopening?(error: ProxyError): void;
}

/** A bound address that accepts connections of one protocol. */
export interface Listener {
  readonly protocol: ProtocolName;
  /** `ip:port` as bound; a port of 0 in the configuration is the real one here. */
  readonly address: string;
  /** Stops accepting, drains every connection, resolves when all are gone. Aborting destroys them. */
  close(signal?: AbortSignal): Promise<void>;
  destroy(): void;
}
