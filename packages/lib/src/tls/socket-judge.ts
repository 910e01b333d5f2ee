import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import { ProxyError } from "../error/proxy-error.ts";
import type { PeerIdentity } from "../transport/transport.ts";
import { judgeChain, refusal } from "./judge.ts";
import { Objection, type Question, type Trust } from "./trust.ts";

/**
 * Judges the peer of a TLS socket whose handshake is done, with `rejectUnauthorized: false` on both sides. What
 * OpenSSL rejects is refused too, whatever ours says.
 * @throws ProxyError as {@link judgeChain}.
 */
export const judgeSocket = (socket: TLSSocket, trust: Trust, question: Question): PeerIdentity => {
  const identity = judgeChain(chainOf(socket, question), trust, question);
  const reason = whyOpenSslRejects(socket);
  if (reason !== undefined) {
    throw refusal(
      new Objection(
        `the ${question.purpose} certificate ${identity.subject} was rejected by OpenSSL: ${reason}`,
      ),
      question.purpose,
    );
  }
  return identity;
};

/**
 * What Node or OpenSSL says although there is nothing wrong:
 * - Node's own comparison of names, made only once OpenSSL had no objection; ours is stricter.
 * - A chain that ends in an authority which is trusted but no root. tls.Server does not pass `allowPartialTrustChain` on
 *   (Node 26.10). OpenSSL goes on after that and would say anything worse instead, since the last objection stands.
 */
const settledByUs: ReadonlySet<string> = new Set([
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "UNABLE_TO_GET_ISSUER_CERT",
]);

const whyOpenSslRejects = (socket: TLSSocket): string | undefined => {
  if (socket.authorized) return undefined;
  const reason = String(socket.authorizationError ?? "no reason given");
  return settledByUs.has(reason) ? undefined : reason;
};

/** The peer's certificates as DER, leaf first; empty where it presented none. */
const chainOf = (socket: TLSSocket, { purpose }: Question): Buffer[] => {
  const chain: Buffer[] = [];
  try {
    // Node links a self-signed certificate to itself: the chain ends where it comes round.
    let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
    const seen = new Set<string>();
    while (next?.raw !== undefined && !seen.has(next.fingerprint256)) {
      seen.add(next.fingerprint256);
      chain.push(next.raw);
      next = next.issuerCertificate;
    }
  } catch (error) {
    throw ProxyError.from(error, purpose === "client" ? "CERTIFICATE_REFUSED" : "BACKEND_CERTIFICATE");
  }
  return chain;
};
