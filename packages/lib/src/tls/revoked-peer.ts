import type { PeerIdentity } from "../transport/transport.ts";
import type { Certificate } from "./certificate.ts";
import { nameInPath } from "./path-checks.ts";
import { findRevocation, revocationSentence } from "./revocation.ts";
import type { Purpose, Trust } from "./trust.ts";

interface AcceptedPath {
  /** Leaf first, anchor last. */
  readonly path: readonly Certificate[];
  readonly purpose: Purpose;
}

/** How each peer that is connected came in. */
const accepted = new WeakMap<PeerIdentity, AcceptedPath>();

/** Told by the judge. */
export const rememberPath = (peer: PeerIdentity, path: readonly Certificate[], purpose: Purpose): void => {
  accepted.set(peer, { path, purpose });
};

/**
 * Why a peer that was accepted is not to stay connected: a list that came since names its certificate, or an authority
 * above it. Nothing else counts: an expired certificate or list, or an authority that is no longer trusted, keeps new
 * connections out and lets those that there are go on.
 * @param now milliseconds since 1970.
 * @returns a sentence, the same with which a new connection would be refused; undefined where it may stay.
 */
export const whyRevoked = (peer: PeerIdentity, trust: Trust, now: number): string | undefined => {
  const { path, purpose } = accepted.get(peer) ?? { path: [], purpose: "client" };
  for (const [index, certificate] of path.slice(0, -1).entries()) {
    const revocation = findRevocation(certificate, path[index + 1]!, trust, now);
    if (revocation !== undefined) return revocationSentence(nameInPath(path, index, purpose), revocation);
  }
  return undefined;
};
