import type { Certificate } from "./certificate.ts";
import { describeKey } from "./key-pair.ts";
import { formatGeneralName } from "./x509/general-name.ts";
import { purposeNames } from "./x509/object-identifiers.ts";

/** What a person or a program wants to know of a certificate. Every text is printable. */
export interface CertificateFacts {
  /** `CN=laptop`. */
  readonly subject: string;
  readonly issuer: string;
  /** `DNS:localhost`, `IP:127.0.0.1`, … */
  readonly names: readonly string[];
  /** Upper-case hexadecimal. */
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** `EC P-256`, `RSA 3072`, `Ed25519`. */
  readonly key: string;
  /** `server`, `client`, …; undefined where the certificate does not limit them. */
  readonly purposes: readonly string[] | undefined;
  /** RFC 5280's names; undefined where the certificate does not limit them. */
  readonly keyUsage: readonly string[] | undefined;
  readonly isCa: boolean;
  /** SHA-256 over the DER, upper-case hexadecimal with colons. */
  readonly fingerprint: string;
}

/** @throws DerError where the certificate is broken. */
export const certificateFacts = (certificate: Certificate): CertificateFacts => {
  const { subject, issuer, serial, notBefore, notAfter, extensions } = certificate.fields;
  return {
    subject: subject.text,
    issuer: issuer.text,
    names: extensions.names.map(formatGeneralName),
    serial: serial.toUpperCase(),
    notBefore,
    notAfter,
    key: describeKey(certificate.publicKey),
    purposes: extensions.purposes?.map((oid) => purposeNames.get(oid) ?? oid),
    keyUsage: extensions.keyUsage && [...extensions.keyUsage],
    isCa: extensions.isCa,
    fingerprint: certificate.fingerprint,
  };
};

/** `2026-01-02 03:04:05 UTC`. */
export const formatDate = (date: Date): string => `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
