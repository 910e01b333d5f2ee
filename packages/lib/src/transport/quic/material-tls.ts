import type { TlsMaterial } from "../../tls/material.ts";
import type { QuicTls } from "./connect.ts";

/**
 * Material as rustls takes it, for both roles. rustls judges during the handshake, so that refusals are TLS alerts
 * which tell both sides; the judge of all transports decides afterwards on what rustls let through.
 */
export const quicTlsOf = ({ cert, key, trust }: TlsMaterial): QuicTls => ({
  cert,
  key,
  ca: trust.anchors.map(({ x509 }) => x509.raw),
  crl: trust.revocationLists.map(({ der }) => der),
});
