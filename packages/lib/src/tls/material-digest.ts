import { createHash } from "node:crypto";
import type { TlsMaterial } from "./material.ts";

/** Equal for equal certificates, keys and authorities: what is presented, and by whom others are known. */
export const identityDigest = ({ cert, key, ca }: TlsMaterial): string =>
  createHash("sha256")
    .update(JSON.stringify([cert, key, ca]))
    .digest("base64");

/** Equal for equal revocation lists in the same order. */
export const listsDigest = ({ trust }: TlsMaterial): string => {
  const hash = createHash("sha256");
  for (const { der } of trust.revocationLists) hash.update(`${der.length} `).update(der);
  return hash.digest("base64");
};

/** Whether nothing has to be taken over. */
export const isSameMaterial = (one: TlsMaterial, other: TlsMaterial): boolean =>
  identityDigest(one) === identityDigest(other) && listsDigest(one) === listsDigest(other);
