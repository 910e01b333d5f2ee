import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { CertificateView } from "../admin/schemas.ts";
import { printable } from "../error/proxy-error.ts";

const aDayMs = 86_400_000;

/** What the metrics and the admin API say of a certificate file. */
export interface CertificateExpiry {
  readonly file: string;
  readonly subject: string;
  readonly notAfter: Date;
}

/**
 * Reads when certificates end. For a chain it is the first certificate, ours; of authorities the one that ends first.
 * A file that cannot be read is left out: the daemon would not have started with it.
 */
export const readExpiries = async (
  files: readonly { readonly file: string; readonly holds: "chain" | "authorities" }[],
): Promise<CertificateExpiry[]> => {
  const read = await Promise.all(
    files.map(async ({ file, holds }) => {
      const certificates = certificatesOf(await readFile(file, "utf8").catch(() => ""));
      const counted = holds === "chain" ? certificates.slice(0, 1) : certificates;
      const [first] = counted.toSorted((a, b) => a.validToDate.getTime() - b.validToDate.getTime());
      if (first === undefined) return [];
      const subject = printable(first.subject.split("\n").join(", "));
      return [{ file, subject, notAfter: first.validToDate }];
    }),
  );
  return read.flat();
};

export const certificateView = (
  { file, subject, notAfter }: CertificateExpiry,
  now: number,
): CertificateView => ({
  file,
  subject,
  not_after: notAfter.toISOString(),
  days_left: Math.floor((notAfter.getTime() - now) / aDayMs),
});

const certificatesOf = (pem: string): X509Certificate[] => {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
};
