import { printable } from "../error/proxy-error.ts";
import type { CertificateExpiry } from "../tls/certificate-expiry.ts";
import { daysUntil, expiryWarning } from "../tls/expiry-policy.ts";
import type { CertificateView } from "./schemas.ts";

/** @param now milliseconds since 1970. */
export const certificateView = (expiry: CertificateExpiry, now: number): CertificateView => {
  const { file, holds, subject, notAfter } = expiry;
  const warning = expiryWarning(expiry, now);
  return {
    file: printable(file),
    holds,
    subject,
    not_after: notAfter.toISOString(),
    days_left: daysUntil(notAfter, now),
    warning: warning === undefined ? null : printable(warning.message),
  };
};
