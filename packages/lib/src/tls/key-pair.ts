import { generateKeyPairSync, type KeyObject } from "node:crypto";

/** Kinds of key that we make: EC is P-256, RSA has 3072 bits. */
export const keyKinds = ["ec", "rsa", "ed25519"] as const;
export type KeyKind = (typeof keyKinds)[number];

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const generateKeyPair = (kind: KeyKind): KeyPair => {
  switch (kind) {
    case "ec":
      return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    case "rsa":
      return generateKeyPairSync("rsa", { modulusLength: 3072 });
    case "ed25519":
      return generateKeyPairSync("ed25519");
  }
};

const curves: Readonly<Record<string, string>> = {
  prime256v1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
};

/** `EC P-256`, `RSA 3072`, `Ed25519`, for a person. */
export const describeKey = (key: KeyObject): string => {
  const { namedCurve = "", modulusLength } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "ec":
      return `EC ${curves[namedCurve] ?? namedCurve}`;
    case "rsa":
      return `RSA ${modulusLength}`;
    case "rsa-pss":
      return `RSA-PSS ${modulusLength}`;
    case "ed25519":
      return "Ed25519";
    case "ed448":
      return "Ed448";
    default:
      return key.asymmetricKeyType ?? "unknown";
  }
};

/** Whether a key is strong enough, and of a kind that TLS 1.3 can use. */
export const isAcceptableKey = (key: KeyObject): boolean => {
  const { namedCurve = "", modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "ec":
      return Object.hasOwn(curves, namedCurve);
    case "rsa":
    case "rsa-pss":
      return modulusLength >= 2048;
    case "ed25519":
    case "ed448":
      return true;
    default:
      return false;
  }
};
