import { extension, type Signer } from "./certificate-writer.ts";
import type { Revocation } from "./crl-codec.ts";
import { enumerated, integer, sequence, tagged, taggedBytes, time } from "./der.ts";
import { oids, revocationReasons } from "./object-identifiers.ts";
import { signatureAlgorithmOf, signStructure } from "./signing.ts";

export interface RevocationListPlan {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** By serial number in hexadecimal. */
  readonly revoked: ReadonlyMap<string, Revocation>;
  /** Each list of an authority has a greater one than that before. */
  readonly number: bigint;
}

/** Makes and signs a version 2 CRL, RFC 5280 section 5. Returns DER. */
export const writeRevocationList = (plan: RevocationListPlan, signer: Signer): Buffer => {
  const entries = [...plan.revoked].map(([serial, { date, reason }]) => {
    const code = [...revocationReasons].find(([, name]) => name === reason)?.[0] ?? 0;
    // RFC 5280 section 5.3.1: "unspecified" is said by leaving the extension out.
    const extensions = code === 0 ? [] : [sequence(extension(oids.reasonCode, enumerated(code)))];
    return sequence(integer(bytesOfHex(serial)), time(date), ...extensions);
  });
  const tbs = sequence(
    integer(Buffer.of(1)),
    signatureAlgorithmOf(signer.key),
    signer.name,
    time(plan.thisUpdate),
    time(plan.nextUpdate),
    // RFC 5280 section 5.1.2.6: with nothing revoked the list must be absent, not empty.
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    tagged(
      0,
      sequence(
        extension(oids.authorityKeyIdentifier, sequence(taggedBytes(0, signer.keyId))),
        extension(oids.cRLNumber, integer(bytesOfHex(plan.number.toString(16)))),
      ),
    ),
  );
  return signStructure(tbs, signer.key);
};

const bytesOfHex = (hex: string): Buffer => Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
