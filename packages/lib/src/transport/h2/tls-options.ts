import { constants } from "node:crypto";
import type { SecureContextOptions, TlsOptions } from "node:tls";

/** Both roles speak TLS 1.3 alone. */
const version = { minVersion: "TLSv1.3", maxVersion: "TLSv1.3" } as const;

export const connectingTls = (material: SecureContextOptions): SecureContextOptions => ({
  ...material,
  ...version,
});

/** Without tickets: a session that is resumed would bring a certificate that nobody looks at again. */
export const acceptingTls = (material: SecureContextOptions): SecureContextOptions => ({
  ...material,
  ...version,
  secureOptions: (material.secureOptions ?? 0) | constants.SSL_OP_NO_TICKET,
});

/** For a listener: every client is asked for its certificate, and the judge decides, since it can say why. */
export const listeningTls = (material: SecureContextOptions, handshakeTimeoutMs = 10_000): TlsOptions => ({
  ...acceptingTls(material),
  ALPNProtocols: ["h2"],
  requestCert: true,
  rejectUnauthorized: false,
  handshakeTimeout: handshakeTimeoutMs,
});
