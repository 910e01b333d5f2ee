import { createPrivateKey, type KeyObject, randomBytes } from "node:crypto";
import { Certificate } from "./certificate.ts";
import { formatDate } from "./certificate-facts.ts";
import { describeKey, generateKeyPair, type KeyKind } from "./key-pair.ts";
import { writePem } from "./pem.ts";
import { type Signer, subjectNodeOf, writeCertificate } from "./x509/certificate-writer.ts";
import type { Asn1Node } from "./x509/der.ts";
import { commonName } from "./x509/distinguished-name.ts";
import type { WantedName } from "./x509/general-name.ts";
import { oids } from "./x509/object-identifiers.ts";
import { canSign, keyIdentifier } from "./x509/signing.ts";

/** A new certificate and its key, PEM both. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

/** An authority that can sign. */
export interface Authority {
  readonly certificate: Certificate;
  readonly key: KeyObject;
}

export interface AuthorityWish {
  readonly commonName: string;
  readonly days: number;
  readonly keyKind: KeyKind;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What a leaf may be used as. */
export const usages = ["both", "server", "client"] as const;
export type Usage = (typeof usages)[number];

export interface LeafWish extends AuthorityWish {
  readonly names: readonly WantedName[];
  readonly usage: Usage;
}

const dayMs = 24 * 60 * 60 * 1000;
/** Clocks differ: a certificate is good on a machine whose clock is a little behind. */
export const clockSlackMs = 5 * 60 * 1000;
/** 128 random bits: nobody guesses it, and no two are alike (RFC 5280 section 4.1.2.2 allows 160). */
const serialBytes = 16;

/** Makes a self-signed authority that signs certificates and revocation lists. */
export const createAuthority = (wish: AuthorityWish): Issued => {
  const { publicKey, privateKey } = generateKeyPair(wish.keyKind);
  const der = writeCertificate(
    {
      subject: commonName(wish.commonName),
      publicKey,
      serial: randomBytes(serialBytes),
      notBefore: new Date(wish.now - clockSlackMs),
      notAfter: endOf(wish),
      isCa: true,
      keyUsage: ["keyCertSign", "cRLSign"],
      purposes: [],
      names: [],
    },
    { selfKey: privateKey },
  );
  return issued(der, privateKey);
};

/** An authority from the PEM of its certificate and key. @throws as {@link authorityOf}. */
export const openAuthority = ({ certificate, key }: Issued, now: number): Authority =>
  authorityOf(new Certificate(certificate), createPrivateKey(key), now);

/**
 * Takes a certificate and its key as an authority, of any of our kinds of key, made by anyone.
 * @throws Error whose message is a sentence.
 */
export const authorityOf = (certificate: Certificate, key: KeyObject, now: number): Authority => {
  const { extensions, subject, notAfter } = certificate.fields;
  const fail = (message: string): never => {
    throw new Error(message);
  };
  if (!certificate.x509.checkPrivateKey(key)) {
    fail(`the key does not belong to the certificate of ${subject.text} (its public key is another)`);
  }
  if (!extensions.isCa) fail(`${subject.text} is not a certificate authority`);
  if (extensions.keyUsage !== undefined && !extensions.keyUsage.has("keyCertSign")) {
    fail(`${subject.text} may not sign certificates (no keyCertSign in its key usage)`);
  }
  if (!canSign(key)) {
    fail(`${subject.text} has a kind of key that is not supported (${describeKey(key)})`);
  }
  if (notAfter.getTime() <= now) fail(`${subject.text} expired on ${formatDate(notAfter)}`);
  return { certificate, key };
};

/** A leaf by its parts, for who knows them: {@link LeafWish} is the easy way. */
export interface LeafParts extends Omit<AuthorityWish, "commonName"> {
  readonly subject: Asn1Node;
  readonly names: readonly WantedName[];
  /** Object identifiers. */
  readonly purposes: readonly string[];
}

/** A new leaf; `shortened` where it was wished to outlive its authority, and ends with it. */
export interface IssuedLeaf extends Issued {
  readonly shortened: boolean;
}

export const issueCertificate = (authority: Authority, wish: LeafWish): IssuedLeaf =>
  issueParts(authority, { ...wish, subject: commonName(wish.commonName), purposes: purposesOf[wish.usage] });

export const issueParts = (authority: Authority, parts: LeafParts): IssuedLeaf => {
  const { publicKey, privateKey } = generateKeyPair(parts.keyKind);
  const { notBefore, notAfter } = authority.certificate.fields;
  const wanted = endOf(parts);
  const shortened = wanted > notAfter;
  const der = writeCertificate(
    {
      subject: parts.subject,
      publicKey,
      serial: randomBytes(serialBytes),
      notBefore: new Date(Math.max(parts.now - clockSlackMs, notBefore.getTime())),
      notAfter: shortened ? notAfter : wanted,
      isCa: false,
      // TLS 1.3 asks a key for signatures only.
      keyUsage: ["digitalSignature"],
      purposes: parts.purposes,
      names: parts.names,
    },
    signerOf(authority),
  );
  return { ...issued(der, privateKey), shortened };
};

/** What an authority puts under everything that it signs. */
export const signerOf = ({ certificate, key }: Authority): Signer => {
  const { extensions, publicKeyBits } = certificate.fields;
  return {
    name: subjectNodeOf(certificate.x509.raw),
    keyId: extensions.subjectKeyId ?? keyIdentifier(publicKeyBits),
    key,
  };
};

const purposesOf: Readonly<Record<Usage, readonly string[]>> = {
  both: [oids.serverAuth, oids.clientAuth],
  server: [oids.serverAuth],
  client: [oids.clientAuth],
};

const endOf = ({ now, days }: Pick<AuthorityWish, "now" | "days">): Date => new Date(now + days * dayMs);

const issued = (der: Buffer, key: KeyObject): Issued => ({
  certificate: writePem("CERTIFICATE", der),
  key: key.export({ type: "pkcs8", format: "pem" }) as string,
});
