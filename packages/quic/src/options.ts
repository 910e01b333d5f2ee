import type { NativeClient, NativeServer, NativeTls, NativeTransport } from "./native-binding.ts";
import { certificatesOf, type PemOrDer, privateKeyOf, revocationListsOf } from "./pem.ts";
import { loadBinding } from "./platform.ts";
import { QuicError } from "./quic-error.ts";
import { between, greatestU32, within } from "./range.ts";

/** How a connection's bytes travel. What is left out has the default given. */
export interface TransportOptions {
  /** Unread bytes of one stream, 1 to 2^32 - 1. Default 1 MiB. Throughput of a stream is at most this a round trip. */
  readonly streamReceiveWindow?: number;
  /** Unread bytes of all streams of a connection; once full of them, the whole connection waits. Default 16 MiB. */
  readonly receiveWindow?: number;
  /** Bytes written and not yet acknowledged, of a connection. Default 8 MiB. */
  readonly sendWindow?: number;
  /** The end, after so long without a sign; 0: never. The lower of both sides counts. Default 30,000. */
  readonly maxIdleTimeoutMs?: number;
  /** A packet after so much silence; 0: none. Default 0. */
  readonly keepAliveIntervalMs?: number;
  /** First guess of the round trip. Default 333. */
  readonly initialRttMs?: number;
  /** UDP payload of the first packets, 1200 to 1472 (beyond, no handshake completes). Default 1200. */
  readonly initialMtu?: number;
  /**
   * How far discovery goes, 1200 to 6500. Default 1452, for real links. Beyond about 6500 ten segments pass 64 KiB
   * at once and discovery takes the loss for a black hole.
   */
  readonly mtuUpperBound?: number;
  /**
   * How many packets sent after it must have arrived before one that has not is taken for lost, 3 to 2^32 - 1.
   * Default 3 (RFC 9002).
   */
  readonly packetThreshold?: number;
  /** The same in time: so many round trips after it was sent, 1 to 8. Default 1.125 (RFC 9002). */
  readonly timeThreshold?: number;
  /** Default `cubic`. */
  readonly congestion?: "cubic" | "bbr" | "reno";
  /** Streams that the other side may have open at once. Default 0 for clients, 128 for servers. */
  readonly maxStreams?: number;
  /** Bytes of datagrams kept until read; 0 turns them off. Default 0. */
  readonly datagramBuffer?: number;
}

export interface TlsOptions {
  /** Certificates trusted to sign the other side's: PEM (any number in a file) or DER. */
  readonly ca?: PemOrDer | readonly PemOrDer[];
  /** Our own, leaf first. */
  readonly cert?: PemOrDer | readonly PemOrDer[];
  readonly key?: PemOrDer;
  /** Revocation lists. A certificate whose issuer has none here is not refused for that. */
  readonly crl?: PemOrDer | readonly PemOrDer[];
  /** Refuse everybody by a list that is past its next update, instead of believing it. Default false. */
  readonly enforceCrlExpiry?: boolean;
  /** Protocol names in order of preference; without a common one the handshake fails. */
  readonly alpn: readonly string[];
}

export interface ClientOptions extends TlsOptions, TransportOptions {}

export interface ServerOptions extends TlsOptions, TransportOptions {
  /** Take clients without asking for a certificate. Default false. */
  readonly anyClient?: boolean;
}

/** A client's settings, read once for any number of connections. */
export class QuicClient {
  readonly native: NativeClient;
  readonly largestDatagram: number;

  /** @throws QuicError `BAD_OPTION` with rustls' words where certificate, key or lists cannot be used. */
  constructor(options: ClientOptions) {
    const { NativeClient } = loadBinding();
    const transport = transportOf(options, 0);
    this.largestDatagram = transport.mtuUpperBound;
    this.native = made(() => new NativeClient(tlsOf(options, false), transport));
  }
}

/** A server's settings; `QuicEndpoint.setServer` swaps them for new connections. */
export class QuicServer {
  readonly native: NativeServer;
  readonly largestDatagram: number;

  /** @throws QuicError `BAD_OPTION`. */
  constructor(options: ServerOptions) {
    const { NativeServer } = loadBinding();
    const transport = transportOf(options, 128);
    this.largestDatagram = transport.mtuUpperBound;
    this.native = made(() => new NativeServer(tlsOf(options, options.anyClient ?? false), transport));
  }
}

const made = <T>(make: () => T): T => {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof QuicError) throw cause;
    throw new QuicError("BAD_OPTION", cause instanceof Error ? cause.message : String(cause), { cause });
  }
};

const tlsOf = (options: TlsOptions, anyClient: boolean): NativeTls => {
  if ((options.cert === undefined) !== (options.key === undefined)) {
    throw new QuicError("BAD_OPTION", "cert and key belong together: one of them is missing");
  }
  return {
    chain: options.cert === undefined ? [] : certificatesOf("cert", options.cert),
    key: options.key === undefined ? new Uint8Array() : privateKeyOf("key", options.key),
    roots: options.ca === undefined ? [] : certificatesOf("ca", options.ca),
    crls: options.crl === undefined ? [] : revocationListsOf("crl", options.crl),
    enforceCrlExpiry: options.enforceCrlExpiry ?? false,
    alpn: options.alpn,
    anyClient,
  };
};

const transportOf = (options: TransportOptions, maxStreams: number): NativeTransport => ({
  streamReceiveWindow: within("streamReceiveWindow", options.streamReceiveWindow ?? 2 ** 20, 1, greatestU32),
  receiveWindow: within("receiveWindow", options.receiveWindow ?? 2 ** 24, 1, greatestU32),
  sendWindow: within("sendWindow", options.sendWindow ?? 2 ** 23, 1, greatestU32),
  maxIdleTimeoutMs: within("maxIdleTimeoutMs", options.maxIdleTimeoutMs ?? 30_000, 0, greatestU32),
  keepAliveIntervalMs: within("keepAliveIntervalMs", options.keepAliveIntervalMs ?? 0, 0, greatestU32),
  initialRttMs: within("initialRttMs", options.initialRttMs ?? 333, 1, greatestU32),
  initialMtu: within("initialMtu", options.initialMtu ?? 1200, 1200, 1472),
  mtuUpperBound: within("mtuUpperBound", options.mtuUpperBound ?? 1452, 1200, 6500),
  packetThreshold: within("packetThreshold", options.packetThreshold ?? 3, 3, greatestU32),
  timeThreshold: between("timeThreshold", options.timeThreshold ?? 1.125, 1, 8),
  congestion: options.congestion ?? "cubic",
  maxStreams: within("maxStreams", options.maxStreams ?? maxStreams, 0, 2 ** 20),
  datagramBuffer: within("datagramBuffer", options.datagramBuffer ?? 0, 0, greatestU32),
});
