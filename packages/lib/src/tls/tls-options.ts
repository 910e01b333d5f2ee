import { constants } from "node:crypto";
import { type ConnectionOptions, getCACertificates, type TlsOptions } from "node:tls";
import type { TlsMaterial } from "./material.ts";

/** What both sides of TLS over TCP have in common. The judge decides, so that it can say why. */
const shared = (material: TlsMaterial) => ({
  cert: material.cert,
  key: material.key,
  ca: material.ca === undefined ? getCACertificates("system") : [...material.ca],
  minVersion: "TLSv1.3" as const,
  rejectUnauthorized: false,
  // An authority given by the user ends the chain, whether or not it is a root: as in the judge, and as QUIC has it.
  allowPartialTrustChain: true,
  // No session tickets: nobody resumes past a revocation.
  secureOptions: constants.SSL_OP_NO_TICKET,
});

/** For `tls.createServer`. The caller adds ALPN protocols and `handshakeTimeout`. */
export const serverTlsOptions = (material: TlsMaterial): TlsOptions => ({
  ...shared(material),
  requestCert: true,
});

/** For `tls.connect`. The caller adds address, ALPN protocols and, for names, `servername`. */
export const clientTlsOptions = (material: TlsMaterial): ConnectionOptions => ({
  ...shared(material),
  // The judge compares names: Node would take the common name where there is no SAN.
  checkServerIdentity: () => undefined,
});
