import type { Certificate } from "./certificate.ts";
import type { RevocationList } from "./x509/crl-codec.ts";

/** What a certificate is judged by. */
export interface Trust {
  /** Authorities that may end a chain. A leaf among them does not become trusted: lists could not revoke it. */
  readonly anchors: readonly Certificate[];
  readonly revocationLists: readonly RevocationList[];
}

/** What the certificate's holder wants to be. */
export type Purpose = "client" | "server";

/** What is asked of a chain. */
export interface Question {
  readonly purpose: Purpose;
  /** The name that a server's certificate must bear: a DNS name or an IP literal. Not asked of clients. */
  readonly name?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Why a certificate is not accepted: a sentence for a person. The judge makes a ProxyError of it. */
export class Objection extends Error {
  override readonly name = "Objection";
}
