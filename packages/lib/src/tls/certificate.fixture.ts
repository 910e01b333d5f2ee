import { randomBytes } from "node:crypto";
import { Certificate } from "./certificate.ts";
import { generateKeyPair, type KeyPair } from "./key-pair.ts";
import { writePem } from "./pem.ts";
import type { Trust } from "./trust.ts";
import { type CertificatePlan, subjectNodeOf, writeCertificate } from "./x509/certificate-writer.ts";
import { commonName } from "./x509/distinguished-name.ts";
import { oids } from "./x509/object-identifiers.ts";
import { keyIdentifier } from "./x509/signing.ts";

// Certificates for tests, wrong ones above all: whatever the plan says is written and signed.

export interface Made {
  readonly certificate: Certificate;
  readonly der: Buffer;
  readonly keys: KeyPair;
  readonly certificatePem: string;
  readonly keyPem: string;
}

export const dayMs = 86_400_000;
/** The time of these tests. */
export const fixedNow = Date.UTC(2026, 10, 24, 12);

export type FixturePlan = Partial<CertificatePlan> & { readonly commonName?: string };

export const makeCertificate = (plan: FixturePlan, issuer?: Made): Made => {
  const keys = generateKeyPair("ec");
  const whole: CertificatePlan = {
    subject: commonName(plan.commonName ?? "test"),
    publicKey: keys.publicKey,
    serial: randomBytes(16),
    notBefore: new Date(fixedNow - dayMs),
    notAfter: new Date(fixedNow + dayMs),
    isCa: false,
    keyUsage: [],
    purposes: [],
    names: [],
    ...plan,
  };
  const der = writeCertificate(whole, issuer ? signerOfMade(issuer) : { selfKey: keys.privateKey });
  return {
    certificate: new Certificate(der),
    der,
    keys,
    certificatePem: writePem("CERTIFICATE", der),
    keyPem: keys.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
};

export const makeCa = (commonName: string, plan: FixturePlan = {}, issuer?: Made): Made =>
  makeCertificate({ commonName, isCa: true, keyUsage: ["keyCertSign", "cRLSign"], ...plan }, issuer);

export const makeClient = (issuer: Made, plan: FixturePlan = {}): Made =>
  makeCertificate({ commonName: "laptop", purposes: [oids.clientAuth], ...plan }, issuer);

export const makeServer = (issuer: Made, plan: FixturePlan = {}): Made =>
  makeCertificate(
    {
      commonName: "tokyo",
      purposes: [oids.serverAuth],
      names: [
        { type: "DNS", value: "tokyo.example" },
        { type: "IP", value: "192.0.2.1" },
      ],
      ...plan,
    },
    issuer,
  );

export const signerOfMade = ({ certificate, keys, der }: Made) => ({
  name: subjectNodeOf(der),
  keyId: keyIdentifier(certificate.fields.publicKeyBits),
  key: keys.privateKey,
});

export const trusting = (...anchors: Made[]): Trust => ({
  anchors: anchors.map(({ certificate }) => certificate),
  revocationLists: [],
});
