import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect, type SecureContextOptions, type TLSSocket } from "node:tls";
import { ProxyError } from "../../error/proxy-error.ts";
import type { PeerIdentity } from "../transport.ts";
import { Http2ClientConnection } from "./client-connection.ts";
import type { PipedProtocol } from "./connection.ts";
import type { DialectVariant } from "./dialect-head.ts";
import type { Http2Settings } from "./http2-settings.ts";
import { refuseSocket } from "./refuse-socket.ts";
import { connectingTls } from "./tls-options.ts";

export interface Http2ConnectOptions {
  /**
   * Gives a connected TCP socket, or any other pipe to the server; TLS is spoken over it here. Aborted by the signal
   * that it is given. An error that is not a ProxyError counts as `BACKEND_UNREACHABLE`.
   */
  readonly dial: (signal: AbortSignal) => Promise<Duplex>;
  /** The server's name for SNI; an IP literal is not sent. */
  readonly serverName: string;
  /**
   * The server's `host:port` as configured: what `remoteAddress` shows where the pipe does not know better, and what
   * the Rust original is called in its own dialect.
   */
  readonly address: string;
  /** How to speak to a server without ALPN, which is one of the Rust original. Default `auto`, which means `git`. */
  readonly dialect?: "auto" | DialectVariant | undefined;
  /** Certificate and key of the client, CAs of the server. */
  readonly tls: SecureContextOptions;
  /** Decides on the server's certificate. Throws ProxyError to refuse it. Called before a byte is sent. */
  readonly judge: (socket: TLSSocket) => PeerIdentity;
  readonly settings: Http2Settings;
  /** What the pipe is. Default `http2`, which is TCP. */
  readonly protocol?: PipedProtocol | undefined;
}

/** How long the stations of connecting took, in milliseconds. */
export interface ConnectTimings {
  readonly dialMs: number;
  readonly tlsMs: number;
  /** From our preface to the server's SETTINGS: it has accepted our certificate. */
  readonly settingsMs: number;
}

export interface ConnectedHttp2 {
  readonly connection: Http2ClientConnection;
  readonly timings: ConnectTimings;
}

/**
 * Connects to an HTTP/2 proxy server and resolves once it has accepted our certificate.
 * @throws ProxyError `BACKEND_UNREACHABLE` (dialling), `BACKEND_TLS`, `BACKEND_CERTIFICATE` (as `judge` says),
 *   `CERTIFICATE_REFUSED` with the server's sentence, `BACKEND_LOST`; the signal's reason when it is aborted.
 */
export const connectHttp2 = async (
  options: Http2ConnectOptions,
  signal: AbortSignal,
): Promise<ConnectedHttp2> => {
  signal.throwIfAborted();
  const started = performance.now();
  const pipe = await options.dial(signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw ProxyError.from(error, "BACKEND_UNREACHABLE");
  });
  if (signal.aborted) pipe.destroy();
  signal.throwIfAborted();
  const dialled = performance.now();
  const onAbort = (): void => void pipe.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const socket = await handshake(pipe, options);
    const secured = performance.now();
    const connection = await establish(socket, judged(socket, options), options);
    const timings = {
      dialMs: dialled - started,
      tlsMs: secured - dialled,
      settingsMs: performance.now() - secured,
    };
    return { connection, timings };
  } catch (error) {
    // A server whose certificate will not do is still hearing why.
    if (signal.aborted || !isOurRefusal(error)) pipe.destroy();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
};

const handshake = (pipe: Duplex, options: Http2ConnectOptions): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    if (pipe.destroyed) return reject(new ProxyError("BACKEND_UNREACHABLE"));
    const socket = connect({
      ...connectingTls(options.tls),
      socket: pipe,
      servername: isIP(options.serverName) === 0 ? options.serverName : "",
      ALPNProtocols: ["h2"],
      rejectUnauthorized: false,
    });
    const onError = (error: Error): void => reject(tlsError(error));
    const onClose = (): void =>
      reject(new ProxyError("BACKEND_TLS", { detail: "the server closed the connection during TLS" }));
    socket.once("error", onError);
    socket.once("close", onClose);
    socket.once("secureConnect", () => {
      socket.off("error", onError);
      socket.off("close", onClose);
      resolve(socket);
    });
  });

const isOurRefusal = (error: unknown): boolean =>
  error instanceof ProxyError && error.code === "BACKEND_CERTIFICATE";

/** Who the server is. Where its certificate will not do it is told why, as we would want to be told. */
const judged = (socket: TLSSocket, options: Http2ConnectOptions): PeerIdentity => {
  try {
    return options.judge(socket);
  } catch (error) {
    if (isOurRefusal(error)) refuseSocket(socket, error as ProxyError, "client");
    throw error;
  }
};

const establish = async (
  socket: TLSSocket,
  peer: PeerIdentity,
  options: Http2ConnectOptions,
): Promise<Http2ClientConnection> => {
  const remoteAddress =
    socket.remoteAddress === undefined ? options.address : `${socket.remoteAddress}:${socket.remotePort}`;
  const { dialect = "auto", address: authority, protocol } = options;
  const original =
    socket.alpnProtocol === "h2"
      ? undefined
      : { authority, variant: dialect === "auto" ? ("git" as const) : dialect };
  const { settings } = options;
  const connection = new Http2ClientConnection(socket, settings, peer, remoteAddress, original, protocol);
  let alert: Error | undefined;
  socket.once("error", (error: Error) => {
    alert = error;
  });
  try {
    await connection.established();
  } catch (error) {
    socket.destroy();
    throw alert === undefined || !isAlert(alert) ? error : tlsError(alert);
  }
  return connection;
};

const isAlert = (error: Error): boolean => /alert/i.test(error.message);

/** TLS 1.3 servers refuse a client's certificate by an alert after the handshake (RFC 8446 section 6.2). */
const tlsError = (error: Error): ProxyError => {
  const aboutUs = isAlert(error) && /certificate|unknown ca|access denied/i.test(error.message);
  return ProxyError.from(error, aboutUs ? "CERTIFICATE_REFUSED" : "BACKEND_TLS");
};
