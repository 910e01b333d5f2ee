import type { Certificate } from "./certificate.ts";

/** Certificates that a peer may send, and levels that a path may have. Real ones have two to four. */
export const maxChainLength = 10;
/** Signatures checked for one peer: a hostile chain of like-named authorities must not keep us busy. */
const maxSignatureChecks = 40;

/** How far the search came, for the sentence when it found nothing. */
export interface SearchState {
  checks: number;
  /** The last certificate whose issuer is not known, with nobody of that name. */
  unknown?: Certificate;
  /** An authority of the right name did not sign. */
  forged?: { certificate: Certificate; issuer: Certificate };
}

/**
 * Every path from `leaf` over the presented certificates to an anchor whose names and signatures fit, leaf first, shortest
 * ways to an anchor first. Only names and signatures are looked at.
 */
export function* certificatePaths(
  leaf: Certificate,
  presented: readonly Certificate[],
  anchors: readonly Certificate[],
  state: SearchState,
): Generator<readonly Certificate[]> {
  yield* extend([leaf], presented, anchors, state);
}

function* extend(
  path: readonly Certificate[],
  presented: readonly Certificate[],
  anchors: readonly Certificate[],
  state: SearchState,
): Generator<readonly Certificate[]> {
  const last = path.at(-1);
  if (last === undefined || path.length > maxChainLength) return;
  let named = false;
  for (const anchor of anchors) {
    if (anchor.fingerprint === last.fingerprint || !last.namesAsIssuer(anchor)) continue;
    named = true;
    if (signed(last, anchor, state)) yield [...path, anchor];
  }
  for (const candidate of presented) {
    const seen = path.some(({ fingerprint }) => fingerprint === candidate.fingerprint);
    if (seen || !last.namesAsIssuer(candidate)) continue;
    named = true;
    if (signed(last, candidate, state)) yield* extend([...path, candidate], presented, anchors, state);
  }
  if (!named) state.unknown = last;
}

const signed = (certificate: Certificate, issuer: Certificate, state: SearchState): boolean => {
  state.checks += 1;
  if (state.checks > maxSignatureChecks) return false;
  const good = certificate.isSignedBy(issuer);
  if (!good) state.forged = { certificate, issuer };
  return good;
};
