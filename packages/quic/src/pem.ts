import { createPrivateKey } from "node:crypto";
import { QuicError } from "./quic-error.ts";

/** Text or bytes of PEM, or DER. */
export type PemOrDer = string | Uint8Array;

const blocks = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g;

/** Every block of `kinds` in order; DER as it is. */
const readBlocks = (name: string, value: PemOrDer, kinds: readonly string[]): Uint8Array[] => {
  const text = typeof value === "string" ? value : Buffer.from(value).toString("latin1");
  if (!text.includes("-----BEGIN ")) {
    if (typeof value !== "string" && value[0] === 0x30) return [value];
    throw new QuicError("BAD_OPTION", `${name} holds neither PEM nor DER`);
  }
  const found: Uint8Array[] = [];
  for (const [, kind, body] of text.matchAll(blocks)) {
    if (kinds.includes(kind ?? "")) found.push(Buffer.from(body ?? "", "base64"));
  }
  if (found.length === 0) throw new QuicError("BAD_OPTION", `${name} holds no ${kinds[0]}`);
  return found;
};

const readAll = (
  name: string,
  values: PemOrDer | readonly PemOrDer[],
  kinds: readonly string[],
): Uint8Array[] => {
  const list = typeof values === "string" || values instanceof Uint8Array ? [values] : values;
  return list.flatMap((value) => readBlocks(name, value, kinds));
};

/** Certificates as DER, in order. */
export const certificatesOf = (name: string, values: PemOrDer | readonly PemOrDer[]): Uint8Array[] =>
  readAll(name, values, ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]);

export const revocationListsOf = (name: string, values: PemOrDer | readonly PemOrDer[]): Uint8Array[] =>
  readAll(name, values, ["X509 CRL"]);

/** A private key of any form that Node reads, as PKCS#8 DER. */
export const privateKeyOf = (name: string, value: PemOrDer): Uint8Array => {
  try {
    return createPrivateKey(asKeyInput(value)).export({ type: "pkcs8", format: "der" });
  } catch (cause) {
    throw new QuicError("BAD_OPTION", `${name} holds no private key that can be read`, { cause });
  }
};

const asKeyInput = (value: PemOrDer): Parameters<typeof createPrivateKey>[0] => {
  if (typeof value === "string") return value;
  const bytes = Buffer.from(value);
  return bytes[0] === 0x30 ? { key: bytes, format: "der", type: "pkcs8" } : bytes;
};
