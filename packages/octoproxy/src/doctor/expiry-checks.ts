import {
  type CertificateExpiry,
  expiryOfAuthorities,
  expiryOfLists,
  expiryOfOwn,
} from "@octoproxy/lib/tls/certificate-expiry";
import { daysUntil, expiryWarning } from "@octoproxy/lib/tls/expiry-policy";
import { readMaterialFile } from "@octoproxy/lib/tls/material-file";
import { parseCertificates, parseRevocationLists } from "@octoproxy/lib/tls/material-parts";
import type { TlsFileSet } from "./file-checks.ts";
import { type Finding, fail, pass, warn } from "./finding.ts";

const signer = "--cacert … --cakey …";

/** Dates of own certificates and authorities; what has expired was a fault of the configuration already. */
export const checkDates = (sets: readonly TlsFileSet[], now: number): Finding =>
  judge(
    "certificates",
    sets.flatMap((set) => certificatesOf(set, now)),
    now,
  );

/** Dates of revocation lists, which are no fault at the start: nothing where there are none. */
export const checkLists = (sets: readonly TlsFileSet[], now: number): Finding[] => {
  const files = [...new Set(sets.flatMap(({ crl }) => crl))];
  const ends = files.flatMap((file) => expiryOfLists(file, parseRevocationLists(readMaterialFile(file))));
  return ends.length === 0 ? [] : [judge("revocation lists", ends, now)];
};

const judge = (check: string, ends: readonly CertificateExpiry[], now: number): Finding => {
  const first = ends.toSorted((a, b) => a.notAfter.getTime() - b.notAfter.getTime())[0]!;
  const warning = expiryWarning(first, now);
  if (warning !== undefined) {
    const say = warning.hasEnded ? fail : warn;
    return say(check, warning.message, adviceOf(first));
  }
  const { file, notAfter } = first;
  const days = daysUntil(notAfter, now);
  return pass(check, `the first to end is ${file}, in ${days} days (${notAfter.toISOString().slice(0, 10)})`);
};

const adviceOf = ({ file, holds }: CertificateExpiry): string => {
  if (holds === "certificate") return `octoproxy easycert renew ${file} ${signer}`;
  if (holds === "revocation_list") return `octoproxy easycert crl ${signer}`;
  return "octoproxy easycert ca makes a new authority; give both to the other side until all certificates are renewed";
};

const certificatesOf = ({ cert, ca }: TlsFileSet, now: number): CertificateExpiry[] => {
  const own = parseCertificates(readMaterialFile(cert))[0]!;
  const authorities = ca === undefined ? [] : parseCertificates(readMaterialFile(ca));
  return [expiryOfOwn(cert, own), ...(ca === undefined ? [] : expiryOfAuthorities(ca, authorities, now))];
};
