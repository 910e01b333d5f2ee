import { QuicEndpoint } from "@octoproxy/quic/endpoint";
import { QuicClient } from "@octoproxy/quic/options";
import type { PemOrDer } from "@octoproxy/quic/pem";
import { QuicError } from "@octoproxy/quic/quic-error";
import { ProxyError } from "../../error/proxy-error.ts";
import type { OriginalVariant } from "../../tunnel/original-head-codec.ts";
import type { PeerIdentity } from "../transport.ts";
import { QuicClientConnection } from "./client-connection.ts";
import { closeCode, errorOfConnect } from "./close-code.ts";
import { dialectOf, originalAlpn, ownAlpn } from "./dialect.ts";
import { firstOf } from "./first-of.ts";
import { clientTransport, type QuicSettings } from "./quic-settings.ts";

/** Who we are and whom we trust: PEM or DER. */
export interface QuicTls {
  readonly cert?: PemOrDer;
  readonly key?: PemOrDer;
  readonly ca: PemOrDer | readonly PemOrDer[];
  readonly crl?: readonly PemOrDer[];
}

export interface QuicConnectOptions {
  /** The backend's addresses, `ip:port` or `[ip]:port`, in order of preference. Aborted by the signal that it is given. */
  readonly resolve: (signal: AbortSignal) => Promise<readonly string[]>;
  /** What the server's certificate must bear: a DNS name, or an IP literal for IP SANs. */
  readonly serverName: string;
  readonly tls: QuicTls;
  /** Decides on the server's certificates (DER, leaf first), after TLS accepted them. Throws ProxyError to refuse them. */
  readonly judge: (chain: readonly Uint8Array[]) => PeerIdentity;
  readonly settings: QuicSettings;
  /** How a server that speaks the original's dialect reads heads: nobody can see it. Default `git`. */
  readonly originalVariant?: OriginalVariant | undefined;
  /** Deadline of one attempt's handshake. Default 10,000. */
  readonly handshakeTimeoutMs?: number | undefined;
}

/** How long the stations of connecting took, in milliseconds. */
export interface QuicConnectTimings {
  readonly resolveMs: number;
  /** QUIC and TLS, up to the server's yes to our certificate. */
  readonly handshakeMs: number;
  /** The first question and its answer. */
  readonly answerMs: number;
}

export interface ConnectedQuic {
  readonly connection: QuicClientConnection;
  readonly timings: QuicConnectTimings;
}

/** Time before the next address is tried beside those before (RFC 8305 section 5), milliseconds. */
const staggerMs = 250;

/**
 * Connects to a server and resolves once it has accepted our certificate and answered.
 * UDP does not tell of a closed port: only the deadline does.
 * @throws ProxyError `BACKEND_UNREACHABLE`, `BACKEND_TLS`, `BACKEND_CERTIFICATE`, `CERTIFICATE_REFUSED` with the
 *   server's words, `CLIENT_LIMIT`, `BACKEND_DRAINING`, `BACKEND_LOST`; the signal's reason when it is aborted.
 */
export const connectQuic = async (
  options: QuicConnectOptions,
  signal: AbortSignal,
): Promise<ConnectedQuic> => {
  signal.throwIfAborted();
  const started = performance.now();
  const addresses = await options.resolve(signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw ProxyError.from(error, "BACKEND_UNREACHABLE");
  });
  const resolved = performance.now();
  if (addresses.length === 0) {
    throw new ProxyError("BACKEND_UNREACHABLE", { detail: "the backend's name has no address" });
  }
  const attempt = (address: string, attemptSignal: AbortSignal): Promise<QuicClientConnection> =>
    connectTo(address, options, attemptSignal);
  const connection = await firstOf(addresses, attempt, (loser) => loser.destroy(), staggerMs, signal);
  const secured = performance.now();
  try {
    await connection.established(signal);
  } catch (error) {
    connection.destroy();
    throw error;
  }
  const answered = performance.now();
  return {
    connection,
    timings: {
      resolveMs: resolved - started,
      handshakeMs: secured - resolved,
      answerMs: answered - secured,
    },
  };
};

const connectTo = async (
  address: string,
  options: QuicConnectOptions,
  signal: AbortSignal,
): Promise<QuicClientConnection> => {
  let endpoint: QuicEndpoint | undefined;
  try {
    const client = new QuicClient({
      ...options.tls,
      ...clientTransport(options.settings, address),
      alpn: [ownAlpn, originalAlpn],
    });
    endpoint = new QuicEndpoint({
      address: address.startsWith("[") ? "[::]:0" : "0.0.0.0:0",
      largestDatagram: client.largestDatagram,
      handshakeTimeoutMs: options.handshakeTimeoutMs ?? 10_000,
    });
    const quic = await endpoint.connect(client, address, options.serverName, signal);
    const dialect = dialectOf(quic.alpn, options.originalVariant ?? "git");
    try {
      return new QuicClientConnection(endpoint, quic, options.judge(quic.peerCertificates), dialect);
    } catch (error) {
      quic.close(closeCode.certificate, error instanceof Error ? error.message : "");
      throw error;
    }
  } catch (error) {
    void endpoint?.close(closeCode.abort);
    signal.throwIfAborted();
    throw error instanceof QuicError ? errorOfConnect(error) : ProxyError.from(error, "BACKEND_TLS");
  }
};
