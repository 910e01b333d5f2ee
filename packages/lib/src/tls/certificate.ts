import { type KeyObject, X509Certificate } from "node:crypto";
import { type CertificateFields, readCertificateFields } from "./x509/certificate-codec.ts";
import { DerError } from "./x509/der.ts";

/**
 * A certificate as two readers see it: OpenSSL through node:crypto for keys and signatures, ours for what that does not
 * tell (path length, bits of key usage, critical extensions). Ours reads at first use: the system has hundreds of roots.
 */
export class Certificate {
  readonly x509: X509Certificate;
  #fields: CertificateFields | undefined;
  #publicKey: KeyObject | undefined;

  /** @throws DerError where OpenSSL cannot read it. */
  constructor(source: string | Uint8Array) {
    try {
      this.x509 = new X509Certificate(typeof source === "string" ? source : Buffer.from(source));
    } catch (error) {
      throw new DerError("is not a certificate", { cause: error });
    }
  }

  /** @throws DerError where something in it is broken. */
  get fields(): CertificateFields {
    this.#fields ??= readCertificateFields(this.x509.raw);
    return this.#fields;
  }

  /** @throws DerError where OpenSSL does not know the kind of key. */
  get publicKey(): KeyObject {
    try {
      this.#publicKey ??= this.x509.publicKey;
    } catch (error) {
      throw new DerError("has a key of an unknown kind", { cause: error });
    }
    return this.#publicKey;
  }

  /** SHA-256 over the DER, upper-case hexadecimal with colons. */
  get fingerprint(): string {
    return this.x509.fingerprint256;
  }

  /** Whether `issuer`'s name stands as our issuer, however it is encoded. Says nothing about the signature. */
  namesAsIssuer(issuer: Certificate): boolean {
    return this.x509.checkIssued(issuer.x509) || this.fields.issuer.key === issuer.fields.subject.key;
  }

  isSignedBy(issuer: Certificate): boolean {
    try {
      return this.x509.verify(issuer.publicKey);
    } catch {
      return false;
    }
  }
}
