import { getCACertificates, type SecureContextOptions } from "node:tls";
import type { TlsMaterial } from "./material.ts";

/**
 * Material as node:tls takes it, for both roles. Both set `rejectUnauthorized: false` and let the judge decide, so that it
 * can say why; versions and tickets are the transport's.
 */
export const secureContextOptions = (material: TlsMaterial): SecureContextOptions => ({
  cert: material.cert,
  key: material.key,
  ca: material.ca === undefined ? getCACertificates("system") : [...material.ca],
  // An authority given by the user ends the chain, root or not: as the judge has it, and QUIC.
  allowPartialTrustChain: true,
});
