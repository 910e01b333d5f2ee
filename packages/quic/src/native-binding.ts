// The addon's exports, as `native/addon/src` makes them. Checked against the real thing by native-binding.test.ts.

export interface NativeTls {
  readonly chain: readonly Uint8Array[];
  readonly key: Uint8Array;
  readonly roots: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  readonly enforceCrlExpiry: boolean;
  readonly alpn: readonly string[];
  readonly anyClient: boolean;
}

export interface NativeTransport {
  readonly streamReceiveWindow: number;
  readonly receiveWindow: number;
  readonly sendWindow: number;
  readonly maxIdleTimeoutMs: number;
  readonly keepAliveIntervalMs: number;
  readonly initialRttMs: number;
  readonly initialMtu: number;
  readonly mtuUpperBound: number;
  readonly packetThreshold: number;
  readonly timeThreshold: number;
  readonly congestion: "cubic" | "bbr" | "reno";
  readonly maxStreams: number;
  readonly datagramBuffer: number;
}

export interface NativeBind {
  readonly address: string;
  readonly ipv6Only: boolean;
  readonly resetKey?: Uint8Array;
  readonly largestDatagram: number;
  readonly retryAbove: number;
  readonly maxHalfOpen: number;
  readonly maxHalfOpenPerAddress: number;
  readonly handshakeTimeoutMs: number;
}

export interface NativeInfo {
  readonly remoteAddress: string;
  readonly serverName?: string;
  readonly alpn?: string;
  readonly certificates: readonly Buffer[];
}

/** A connection's numbers now. */
export interface ConnectionStats {
  /** `ip:port`; changes when the peer migrates. */
  readonly remoteAddress: string;
  /** Smoothed round trip and the least ever seen, milliseconds. */
  readonly rttMs: number;
  readonly minRttMs: number;
  /** Bytes. */
  readonly congestionWindow: number;
  readonly congestionEvents: number;
  readonly sentPackets: number;
  readonly lostPackets: number;
  readonly lostBytes: number;
  /** UDP payload bytes. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Greatest UDP payload that the path takes, bytes. */
  readonly mtu: number;
  /** Times that the path stopped taking what it took before. */
  readonly blackHoles: number;
}

export interface NativeNote {
  readonly remoteAddress?: string;
  readonly endedBy: number;
  readonly code: number;
  readonly words: string;
}

/** Opaque: settings read once. */
export type NativeClient = { readonly client?: never };
export type NativeServer = { readonly server?: never };

export interface NativeEngine {
  drain(events: Uint32Array): number;
  bind(settings: NativeBind, server?: NativeServer): number;
  localAddress(endpoint: number): string | null;
  setServer(endpoint: number, server?: NativeServer): void;
  rebind(endpoint: number, address: string): void;
  closeEndpoint(endpoint: number, code: number, words: Uint8Array): void;
  releaseEndpoint(endpoint: number): void;
  connect(endpoint: number, client: NativeClient, address: string, serverName: string): number;
  closeConnection(connection: number, code: number, words: Uint8Array): void;
  releaseConnection(connection: number): void;
  flush(connection: number): void;
  setMaxStreams(connection: number, count: number): void;
  info(connection: number): NativeInfo | null;
  congestion(connection: number): string | null;
  stats(connection: number): ConnectionStats | null;
  takeNote(note: number): NativeNote | null;
  readDatagram(connection: number): Uint8Array | null;
  sendDatagram(connection: number, data: Uint8Array): void;
  maxDatagramSize(connection: number): number;
  open(connection: number): number;
  streamId(stream: number): number;
  read(stream: number, slab: Uint8Array, offset: number, length: number): number;
  write(stream: number, chunk: Uint8Array, offset: number): number;
  pollReset(stream: number): number;
  pollStopped(stream: number): number;
  finish(stream: number): void;
  reset(stream: number, code: number): void;
  stop(stream: number, code: number): void;
  /** What the calls for streams since the last time have to send goes out only now. */
  endTurn(): void;
  releaseStream(stream: number, code: number): void;
  provokePanic(number: number): void;
  streamCount(): number;
}

export interface NativeBinding {
  readonly NativeEngine: new (notify: () => void) => NativeEngine;
  readonly NativeClient: new (tls: NativeTls, transport: NativeTransport) => NativeClient;
  readonly NativeServer: new (tls: NativeTls, transport: NativeTransport) => NativeServer;
}

/** First word of a drained event; the others in the order of the comment. */
export const eventKind = {
  connected: 1, // connection
  incoming: 2, // endpoint, connection
  refused: 3, // endpoint, note
  closed: 4, // connection, note
  stream: 5, // connection, stream, index
  readable: 6, // stream
  writable: 7, // stream
  stopped: 8, // stream
  openable: 9, // connection
  datagram: 10, // connection
  idle: 11, // endpoint
  endpointLost: 12, // endpoint, note
  panicked: 13, // 0, note
  flushed: 14, // connection
} as const;

/** Set in the answer of `drain` when more events wait. */
export const moreEvents = 2 ** 31;

/** Added to a count of bytes: no more is ready, an event follows. */
export const dry = 2 ** 28;

/** Answers of stream operations below zero; codes of the peer follow downwards from `aborted`. */
export const outcome = { end: -1, lost: -2, closed: -3, aborted: -4 } as const;
