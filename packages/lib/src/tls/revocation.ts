import type { Certificate } from "./certificate.ts";
import { formatDate } from "./certificate-facts.ts";
import { Objection, type Trust } from "./trust.ts";
import type { Revocation, RevocationList } from "./x509/crl-codec.ts";
import { verifyStructure } from "./x509/signing.ts";

/**
 * Looks a certificate up in the lists of its issuer, by serial number. Lists of other authorities do not concern it, and an
 * authority without a list is not asked for one; but where it has lists, one of them must be current and well signed: an
 * expired list refuses everyone, since it no longer says who was revoked.
 * @throws Objection
 */
export const checkRevocation = (
  certificate: Certificate,
  issuer: Certificate,
  trust: Trust,
  who: string,
  now: number,
): void => {
  const lists = listsOf(issuer, trust);
  if (lists.length === 0) return;
  let stale: string | undefined;
  let current = false;
  for (const list of lists) {
    const fault = faultOf(list, issuer, now);
    if (fault !== undefined) {
      stale = fault;
      continue;
    }
    current = true;
    const revocation = entryOf(list, certificate);
    if (revocation !== undefined) throw new Objection(revocationSentence(who, revocation));
  }
  if (!current) {
    const authority = issuer.fields.subject.text;
    throw new Objection(`${who} cannot be checked: the revocation list of ${authority} ${stale}`);
  }
};

/**
 * Whether a list that its issuer signed names a certificate, one of the near future included. Lists that have expired say
 * who was revoked as long as there is no other: that may have taken it back (a hold).
 */
export const findRevocation = (
  certificate: Certificate,
  issuer: Certificate,
  trust: Trust,
  now: number,
): Revocation | undefined => {
  const genuine = listsOf(issuer, trust).filter((list) => isSignedBy(list, issuer) && maySignLists(issuer));
  const living = genuine.filter(({ nextUpdate }) => nextUpdate === undefined || nextUpdate.getTime() >= now);
  for (const list of living.length > 0 ? living : genuine) {
    const revocation = entryOf(list, certificate);
    if (revocation !== undefined) return revocation;
  }
  return undefined;
};

/** @param who the subject of the sentence. */
export const revocationSentence = (who: string, { date, reason }: Revocation): string =>
  `${who} was revoked on ${formatDate(date)} (${reason})`;

const listsOf = (issuer: Certificate, { revocationLists, anchors }: Trust): readonly RevocationList[] =>
  revocationLists.filter(
    (list) => list.issuer.key === issuer.fields.subject.key && !belongsToAnother(list, issuer, anchors),
  );

const entryOf = (list: RevocationList, certificate: Certificate): Revocation | undefined => {
  const revocation = list.revoked.get(certificate.fields.serial);
  return revocation?.reason === "removeFromCRL" ? undefined : revocation;
};

const maySignLists = ({ fields }: Certificate): boolean => {
  const { keyUsage } = fields.extensions;
  return keyUsage === undefined || keyUsage.has("cRLSign");
};

const faultOf = (list: RevocationList, issuer: Certificate, now: number): string | undefined => {
  if (!isSignedBy(list, issuer)) return "bears a signature that this authority did not make";
  if (!maySignLists(issuer)) {
    return "is signed by a key that may not sign lists (no cRLSign in its key usage)";
  }
  if (list.thisUpdate.getTime() > now) return `is not valid before ${formatDate(list.thisUpdate)}`;
  if (list.nextUpdate !== undefined && list.nextUpdate.getTime() < now) {
    return `expired on ${formatDate(list.nextUpdate)}`;
  }
  return undefined;
};

/** Two authorities can bear one name: what another one of that name signed is not ours. */
const belongsToAnother = (
  list: RevocationList,
  issuer: Certificate,
  anchors: readonly Certificate[],
): boolean =>
  !isSignedBy(list, issuer) &&
  anchors.some((anchor) => anchor.fields.subject.key === list.issuer.key && isSignedBy(list, anchor));

/** Lists and anchors live long and connections are many: each pair is verified once. */
const verdicts = new WeakMap<RevocationList, Map<string, boolean>>();

const isSignedBy = (list: RevocationList, issuer: Certificate): boolean => {
  const known = verdicts.get(list) ?? new Map<string, boolean>();
  verdicts.set(list, known);
  let verdict = known.get(issuer.fingerprint);
  if (verdict === undefined) {
    verdict = verifyStructure(list.signed, list.algorithm, list.signature, issuer.publicKey);
    known.set(issuer.fingerprint, verdict);
  }
  return verdict;
};
