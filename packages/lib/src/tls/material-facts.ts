import { printable } from "../error/proxy-error.ts";
import type { TlsMaterial } from "./material.ts";

/** What the log says of material that is in force from now on. */
export interface MaterialFacts {
  readonly subject: string;
  readonly serial: string;
  readonly not_after: string;
  /** SHA-256 over the certificate's DER. */
  readonly fingerprint: string;
  /** Certificates that may end a peer's chain; undefined where the system's roots may. */
  readonly authorities: number | undefined;
  readonly revocation_lists: number;
  /** Certificates that those lists name. */
  readonly revoked: number;
}

export const materialFacts = ({ own, ca, trust }: TlsMaterial): MaterialFacts => ({
  subject: printable(own.fields.subject.text),
  serial: own.fields.serial.toUpperCase(),
  not_after: own.fields.notAfter.toISOString(),
  fingerprint: own.fingerprint,
  authorities: ca?.length,
  revocation_lists: trust.revocationLists.length,
  revoked: trust.revocationLists.reduce((sum, { revoked }) => sum + revoked.size, 0),
});
