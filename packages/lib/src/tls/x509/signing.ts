import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { type Asn1Node, bitString, nullNode, oid, sequence, toDer } from "./der.ts";
import { oids } from "./object-identifiers.ts";

/** How a kind of key signs. */
interface Scheme {
  readonly oid: string;
  readonly keyType: string;
  /** Null for the schemes that hash by themselves. */
  readonly hash: string | null;
  /** RFC 8017 wants a NULL, RFC 5758 and 8410 want nothing. */
  readonly parameters: boolean;
}

const schemes: readonly Scheme[] = [
  { oid: oids.sha256WithRsa, keyType: "rsa", hash: "sha256", parameters: true },
  { oid: oids.sha384WithRsa, keyType: "rsa", hash: "sha384", parameters: true },
  { oid: oids.sha512WithRsa, keyType: "rsa", hash: "sha512", parameters: true },
  { oid: oids.ecdsaWithSha256, keyType: "ec", hash: "sha256", parameters: false },
  { oid: oids.ecdsaWithSha384, keyType: "ec", hash: "sha384", parameters: false },
  { oid: oids.ecdsaWithSha512, keyType: "ec", hash: "sha512", parameters: false },
  { oid: oids.ed25519, keyType: "ed25519", hash: null, parameters: false },
  { oid: oids.ed448, keyType: "ed448", hash: null, parameters: false },
];

/** Hashes as strong as the curve. */
const curveHashes: ReadonlyMap<string, string> = new Map([
  ["prime256v1", "sha256"],
  ["secp384r1", "sha384"],
  ["secp521r1", "sha512"],
]);

/** The scheme that a key signs with, undefined for a kind of key that we do not sign with. */
const schemeOf = (key: KeyObject): Scheme | undefined => {
  const keyType = key.asymmetricKeyType;
  const curveHash = curveHashes.get(key.asymmetricKeyDetails?.namedCurve ?? "");
  return schemes.find(
    (scheme) => scheme.keyType === keyType && (keyType !== "ec" || scheme.hash === curveHash),
  );
};

/** Whether {@link signStructure} works with this key: RSA, P-256, P-384, P-521, Ed25519, Ed448. */
export const canSign = (key: KeyObject): boolean => schemeOf(key) !== undefined;

/** The AlgorithmIdentifier that goes into what this key signs. */
export const signatureAlgorithmOf = (key: KeyObject): Asn1Node => {
  const scheme = schemeOf(key);
  if (scheme === undefined) throw new TypeError("a key of this kind cannot sign certificates");
  return scheme.parameters ? sequence(oid(scheme.oid), nullNode()) : sequence(oid(scheme.oid));
};

/** SEQUENCE { tbs, algorithm, signature } as DER: a certificate or a CRL. */
export const signStructure = (tbs: Asn1Node, key: KeyObject): Buffer => {
  const signature = sign(schemeOf(key)?.hash ?? null, toDer(tbs), key);
  return toDer(sequence(tbs, signatureAlgorithmOf(key), bitString(signature)));
};

/** Whether `signature` over `tbs` was made by the private half of `key`; false too for an unknown algorithm. */
export const verifyStructure = (
  tbs: Uint8Array,
  algorithm: string,
  signature: Uint8Array,
  key: KeyObject,
): boolean => {
  const scheme = schemes.find((candidate) => candidate.oid === algorithm);
  if (scheme === undefined || scheme.keyType !== key.asymmetricKeyType) return false;
  return verify(scheme.hash, tbs, key, signature);
};

/** Key identifier by method 1 of RFC 5280 section 4.2.1.2: SHA-1 over the public key's bits. */
export const keyIdentifier = (publicKeyBits: Uint8Array): Buffer =>
  createHash("sha1").update(publicKeyBits).digest();
