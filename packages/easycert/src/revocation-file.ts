import { lstatSync } from "node:fs";
import { extname } from "node:path";
import type { Certificate } from "@octoproxy/lib/tls/certificate";
import { formatDate } from "@octoproxy/lib/tls/certificate-facts";
import { type Authority, clockSlackMs, signerOf } from "@octoproxy/lib/tls/issue";
import { parseRevocationLists } from "@octoproxy/lib/tls/material-parts";
import { writePem } from "@octoproxy/lib/tls/pem";
import type { Revocation, RevocationList } from "@octoproxy/lib/tls/x509/crl-codec";
import { writeRevocationList } from "@octoproxy/lib/tls/x509/crl-writer";
import { verifyStructure } from "@octoproxy/lib/tls/x509/signing";
import { type AuthorityFiles, loadAuthority, read } from "./authority.ts";
import { failure } from "./easycert-error.ts";
import { publicMode, writeNewFiles } from "./write-files.ts";

/** How long a new list is good, and when it was made. */
export interface ListDates {
  readonly days: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What the list looks like now. */
export interface WrittenList {
  readonly file: string;
  readonly revoked: number;
  readonly nextUpdate: Date;
}

const dayMs = 24 * 60 * 60 * 1000;

/** The list of an authority stands beside its certificate: `ca.crt` has `ca.crl`. */
export const listFileOf = (cacert: string): string =>
  `${cacert.slice(0, cacert.length - extname(cacert).length)}.crl`;

/** Adds a certificate to its authority's list; one that stands there already keeps its date and reason. */
export const revoke = (
  files: AuthorityFiles,
  certificate: Certificate,
  reason: string,
  dates: ListDates,
): WrittenList => {
  const authority = loadAuthority(files, dates.now);
  checkIssuer(certificate, authority);
  const { serial } = certificate.fields;
  const entry: [string, Revocation] = [serial, { date: new Date(dates.now), reason }];
  return rewrite(files, authority, dates, (before) =>
    before.has(serial) ? before : new Map([...before, entry]),
  );
};

/** Writes the list anew with later dates; it is made, empty, where there is none. */
export const renewList = (files: AuthorityFiles, dates: ListDates): WrittenList =>
  rewrite(files, loadAuthority(files, dates.now), dates, (before) => before);

/** @throws EasycertError where another authority signed the certificate. */
export const checkIssuer = (certificate: Certificate, { certificate: ca }: Authority): void => {
  if (certificate.namesAsIssuer(ca) && certificate.isSignedBy(ca)) return;
  const { subject, issuer } = certificate.fields;
  throw failure(
    `${subject.text} was not signed by ${ca.fields.subject.text} but by another authority (${issuer.text})`,
  );
};

const rewrite = (
  files: AuthorityFiles,
  authority: Authority,
  { days, now }: ListDates,
  change: (before: RevocationList["revoked"]) => RevocationList["revoked"],
): WrittenList => {
  const file = listFileOf(files.cacert);
  const { keyUsage } = authority.certificate.fields.extensions;
  if (keyUsage !== undefined && !keyUsage.has("cRLSign")) {
    throw failure(`${files.cacert} may not sign revocation lists (no cRLSign in its key usage)`);
  }
  const before = loadList(file, authority);
  const revoked = change(before?.revoked ?? new Map());
  const nextUpdate = new Date(now + days * dayMs);
  const number = before?.number === undefined ? 1n : BigInt(`0x${before.number}`) + 1n;
  const der = writeRevocationList(
    { thisUpdate: new Date(now - clockSlackMs), nextUpdate, revoked, number },
    signerOf(authority),
  );
  // It takes the place of the one before, whole: whoever reads meanwhile sees one or the other.
  writeNewFiles([{ path: file, content: writePem("X509 CRL", der), mode: publicMode }], true);
  return { file, revoked: revoked.size, nextUpdate };
};

/** The list that is there. One that this authority did not sign is not taken over, nor silently replaced. */
const loadList = (file: string, { certificate }: Authority): RevocationList | undefined => {
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  const [list] = read(file, parseRevocationLists);
  if (list === undefined) return undefined;
  if (!verifyStructure(list.signed, list.algorithm, list.signature, certificate.publicKey)) {
    throw failure(`${file} was not signed by ${certificate.fields.subject.text}; it was left as it is`);
  }
  return list;
};

export const describeList = ({ file, revoked, nextUpdate }: WrittenList): string =>
  `${file}   ${revoked} revoked · good until ${formatDate(nextUpdate)}\n`;
