import { printable } from "../error/proxy-error.ts";
import type { Certificate } from "./certificate.ts";
import type { RevocationList } from "./x509/crl-codec.ts";

/** What a file that ends holds. */
export type ExpiringKind = "certificate" | "authority" | "revocation_list";

/** When a file of certificates or lists ends. */
export interface CertificateExpiry {
  readonly file: string;
  readonly holds: ExpiringKind;
  /** Of a list: its issuer. Printable. */
  readonly subject: string;
  /** Of a list: its nextUpdate. */
  readonly notAfter: Date;
}

/** Our own certificate: the first of its chain. */
export const expiryOfOwn = (file: string, own: Certificate): CertificateExpiry => ({
  file,
  holds: "certificate",
  subject: printable(own.fields.subject.text),
  notAfter: own.fields.notAfter,
});

/** The first of the authorities to end, of those that had not ended by `now`: bundles keep old ones. */
export const expiryOfAuthorities = (
  file: string,
  authorities: readonly Certificate[],
  now: number,
): CertificateExpiry[] => {
  const living = authorities.filter(
    ({ fields }) => fields.extensions.isCa && fields.notAfter.getTime() >= now,
  );
  const [first] = living.toSorted((a, b) => a.fields.notAfter.getTime() - b.fields.notAfter.getTime());
  if (first === undefined) return [];
  const { subject, notAfter } = first.fields;
  return [{ file, holds: "authority", subject: printable(subject.text), notAfter }];
};

/** The first authority to be without a current list; of two lists of one authority the later one counts. */
export const expiryOfLists = (file: string, lists: readonly RevocationList[]): CertificateExpiry[] => {
  const latest = new Map<string, CertificateExpiry>();
  for (const { issuer, nextUpdate } of lists) {
    if (nextUpdate === undefined) continue;
    const known = latest.get(issuer.key);
    if (known !== undefined && known.notAfter >= nextUpdate) continue;
    const subject = printable(issuer.text);
    latest.set(issuer.key, { file, holds: "revocation_list", subject, notAfter: nextUpdate });
  }
  const [first] = [...latest.values()].toSorted((a, b) => a.notAfter.getTime() - b.notAfter.getTime());
  return first === undefined ? [] : [first];
};
