import forge from "node-forge";

export interface TestCertificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A CA and one leaf for `localhost` and 127.0.0.1, fit for both roles. Made once per process. */
export const testCertificates = (): TestCertificates => {
  made ??= make();
  return made;
};

let made: TestCertificates | undefined;

const make = (): TestCertificates => {
  const ca = certificate("test CA", undefined, [{ name: "basicConstraints", cA: true }]);
  const leaf = certificate("test peer", ca, [
    {
      name: "subjectAltName",
      altNames: [
        { type: 2, value: "localhost" },
        { type: 7, ip: "127.0.0.1" },
      ],
    },
  ]);
  return {
    ca: forge.pki.certificateToPem(ca.certificate),
    cert: forge.pki.certificateToPem(leaf.certificate),
    key: forge.pki.privateKeyToPem(leaf.keys.privateKey),
  };
};

interface Made {
  readonly certificate: forge.pki.Certificate;
  readonly keys: forge.pki.rsa.KeyPair;
}

const certificate = (name: string, issuer: Made | undefined, extensions: object[]): Made => {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const made = forge.pki.createCertificate();
  made.publicKey = keys.publicKey;
  made.serialNumber = issuer === undefined ? "01" : "02";
  made.validity.notBefore = new Date(Date.now() - 3_600_000);
  made.validity.notAfter = new Date(Date.now() + 86_400_000);
  made.setSubject([{ name: "commonName", value: name }]);
  made.setIssuer(issuer?.certificate.subject.attributes ?? [{ name: "commonName", value: name }]);
  made.setExtensions(extensions);
  made.sign(issuer?.keys.privateKey ?? keys.privateKey, forge.md.sha256.create());
  return { certificate: made, keys };
};
