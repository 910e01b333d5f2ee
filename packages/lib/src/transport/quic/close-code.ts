import type { QuicError } from "@octoproxy/quic/quic-error";
import type { ErrorCode } from "../../error/codes.ts";
import { ProxyError } from "../../error/proxy-error.ts";

/** Application codes of a closed connection. */
export const closeCode = {
  /** Nothing is left to do. */
  done: 0,
  /** Given up. */
  abort: 1,
  /** The certificate is not accepted; the words say why. */
  certificate: 2,
  /** Too many connections of this client. */
  limit: 3,
  /** The server is shutting down. */
  draining: 4,
} as const;

/** Application code of a stream that ended early. */
export const abortCode = 1;

/** What a refused client is told by number; the words go beside it. */
export const closeCodeOf = (error: ProxyError): number => {
  if (error.code === "CERTIFICATE_REFUSED") return closeCode.certificate;
  if (error.code === "CLIENT_LIMIT") return closeCode.limit;
  return error.code === "DRAINING" ? closeCode.draining : closeCode.abort;
};

const codeOfPeerClose: Readonly<Record<number, ErrorCode>> = {
  [closeCode.certificate]: "CERTIFICATE_REFUSED",
  [closeCode.limit]: "CLIENT_LIMIT",
  [closeCode.draining]: "BACKEND_DRAINING",
};

/** Alerts about the certificate itself (RFC 8446 section 6.2); 51 is a signature on it that its authority did not make. */
const certificateAlerts: ReadonlySet<number | undefined> = new Set([42, 43, 44, 45, 46, 48, 49, 51, 116]);

/** Why a client's connection was not made. */
export const errorOfConnect = (error: QuicError): ProxyError => {
  const { message: detail, remoteAddress: nextHop } = error;
  return new ProxyError(codeOfConnect(error), { detail, nextHop, cause: error });
};

const codeOfConnect = (error: QuicError): ErrorCode => {
  switch (error.code) {
    case "REFUSED":
      return certificateAlerts.has(error.alert) ? "BACKEND_CERTIFICATE" : "BACKEND_TLS";
    case "REFUSED_BY_PEER":
      return certificateAlerts.has(error.alert) ? "CERTIFICATE_REFUSED" : "BACKEND_TLS";
    case "CLOSED_BY_PEER":
      return codeOfPeerClose[error.peerCode ?? -1] ?? "BACKEND_LOST";
    case "CLOSED":
    case "FAULT":
    case "FORGOTTEN":
      return "BACKEND_LOST";
    default:
      return "BACKEND_UNREACHABLE";
  }
};

/** Why a client was turned away in its handshake, as the server's log has it. */
export const errorOfRefusedClient = (error: QuicError): ProxyError => {
  const refused = error.code === "REFUSED" && certificateAlerts.has(error.alert);
  return new ProxyError(refused ? "CERTIFICATE_REFUSED" : "BACKEND_TLS", {
    detail: error.message,
    cause: error,
  });
};

/** What became of a connection that was up; nothing where both sides were done. */
export const errorOfEnd = (error: QuicError): ProxyError | undefined => {
  if (error.code === "CLOSED") return undefined;
  if (error.code === "CLOSED_BY_PEER" && error.peerCode === closeCode.done) return undefined;
  const code = error.code === "CLOSED_BY_PEER" ? codeOfPeerClose[error.peerCode ?? -1] : undefined;
  return new ProxyError(code ?? "BACKEND_LOST", {
    detail: `the connection broke: ${error.message}`,
    cause: error,
  });
};
