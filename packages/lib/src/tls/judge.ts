import { ProxyError, printable } from "../error/proxy-error.ts";
import type { PeerIdentity } from "../transport/transport.ts";
import { Certificate } from "./certificate.ts";
import { certificatePaths, maxChainLength, type SearchState } from "./certificate-path.ts";
import { checkPath } from "./path-checks.ts";
import { rememberPath } from "./revoked-peer.ts";
import { Objection, type Purpose, type Question, type Trust } from "./trust.ts";
import { DerError } from "./x509/der.ts";
import { formatGeneralName } from "./x509/general-name.ts";

/**
 * The one judge of certificates, for every transport: a pure function of what the peer presented (DER, leaf first), whom we
 * trust, what is asked and the time.
 * @throws ProxyError `CERTIFICATE_REFUSED` for a client's certificate, `BACKEND_CERTIFICATE` for a server's, with the reason
 *   in a sentence that may be told to the peer.
 */
export const judgeChain = (chain: readonly Uint8Array[], trust: Trust, question: Question): PeerIdentity => {
  try {
    const [leaf, ...presented] = readChain(chain, question.purpose);
    if (leaf === undefined) throw new Objection("no certificate was presented");
    const path = judge(leaf, presented, trust, question);
    const peer = identityOf(leaf);
    rememberPath(peer, path, question.purpose);
    return peer;
  } catch (error) {
    throw refusal(error, question.purpose);
  }
};

/** A refusal as the code of the one whose certificate it is. */
export const refusal = (reason: unknown, purpose: Purpose): ProxyError => {
  if (reason instanceof ProxyError) return reason;
  const detail =
    reason instanceof DerError
      ? `the ${purpose} certificate ${reason.message}`
      : reason instanceof Error
        ? reason.message
        : String(reason);
  return new ProxyError(purpose === "client" ? "CERTIFICATE_REFUSED" : "BACKEND_CERTIFICATE", {
    detail,
    cause: reason,
  });
};

const readChain = (chain: readonly Uint8Array[], purpose: Purpose): Certificate[] => {
  if (chain.length > maxChainLength) {
    throw new Objection(`the ${purpose} presented ${chain.length} certificates, more than ${maxChainLength}`);
  }
  return chain.map((der) => {
    const certificate = new Certificate(der);
    // Read now, so that a broken one is refused by name and not met in the middle of the search.
    void certificate.fields;
    return certificate;
  });
};

const judge = (
  leaf: Certificate,
  presented: readonly Certificate[],
  trust: Trust,
  question: Question,
): readonly Certificate[] => {
  const state: SearchState = { checks: 0 };
  let objection: unknown;
  for (const path of certificatePaths(leaf, presented, trust.anchors, state)) {
    try {
      checkPath(path, trust, question);
      return path;
    } catch (error) {
      objection ??= error;
    }
  }
  throw objection ?? new Objection(whyNoPath(leaf, state, question.purpose));
};

const whyNoPath = (leaf: Certificate, state: SearchState, purpose: Purpose): string => {
  const { subject, issuer } = leaf.fields;
  const who = `the ${purpose} certificate ${subject.text}`;
  if (state.forged !== undefined) {
    const { certificate, issuer: claimed } = state.forged;
    const whose =
      certificate === leaf ? who : `the authority ${certificate.fields.subject.text} above ${who}`;
    return `${whose} bears a signature that ${claimed.fields.subject.text} did not make (another authority of the same name?)`;
  }
  if (subject.key === issuer.key) return `${who} is self-signed, not signed by a known authority`;
  const top = state.unknown ?? leaf;
  return `${who} is signed by an unknown authority (issuer ${top.fields.issuer.text})`;
};

/** Who a certificate says its holder is, whether or not that was verified. @throws DerError */
export const identityOf = (leaf: Certificate): PeerIdentity => ({
  subject: printable(leaf.fields.subject.text),
  fingerprint: leaf.fingerprint,
  names: leaf.fields.extensions.names.map(formatGeneralName),
});
