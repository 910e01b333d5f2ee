import { createPrivateKey, type KeyObject } from "node:crypto";
import { Certificate } from "./certificate.ts";
import { certificatesOfPem, readPem } from "./pem.ts";
import { type RevocationList, readRevocationList } from "./x509/crl-codec.ts";

// Each of these throws an Error whose message is the end of a sentence that the file's name begins.

/** All certificates of a PEM file; at least one, each of them whole. */
export const parseCertificates = (content: Buffer): Certificate[] => {
  const text = content.toString("latin1");
  const blocks = certificatesOfPem(text);
  if (blocks.length === 0) {
    throw new Error(
      text.includes("PRIVATE KEY-----")
        ? "holds a key and no certificate"
        : "holds no certificate in PEM form",
    );
  }
  return blocks.map(({ der }, index) => {
    try {
      const certificate = new Certificate(der);
      // Read now: a broken part is this file's fault and not the first peer's.
      void certificate.fields;
      return certificate;
    } catch (error) {
      const which = blocks.length === 1 ? "" : ` (number ${index + 1} of ${blocks.length})`;
      throw new Error(`holds a certificate${which} that ${(error as Error).message}`, { cause: error });
    }
  });
};

/** The first private key of a PEM file. A passphrase is not supported. */
export const parsePrivateKey = (content: Buffer): KeyObject => {
  const block = readPem(content.toString("latin1")).find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (block === undefined) throw new Error("holds no private key in PEM form");
  if (block.label.startsWith("ENCRYPTED") || /^Proc-Type:.*ENCRYPTED/m.test(block.text)) {
    throw new Error(
      "is encrypted with a passphrase, which is not supported: `openssl pkey` writes it without one",
    );
  }
  try {
    return createPrivateKey(block.text);
  } catch (error) {
    throw new Error("holds a private key that cannot be read", { cause: error });
  }
};

/** The revocation lists of a file: PEM, any number, or one in DER. */
export const parseRevocationLists = (content: Buffer): RevocationList[] => {
  const blocks = readPem(content.toString("latin1")).filter(({ label }) => label === "X509 CRL");
  if (blocks.length === 0 && content[0] !== 0x30) {
    throw new Error("holds no revocation list, neither in PEM nor in DER form");
  }
  const ders = blocks.length > 0 ? blocks.map(({ der }) => der) : [content];
  return ders.map((der) => {
    try {
      return readRevocationList(der);
    } catch (error) {
      throw new Error(`holds a revocation list that ${(error as Error).message}`, { cause: error });
    }
  });
};
