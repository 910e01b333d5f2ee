import type { Certificate } from "./certificate.ts";
import { formatDate } from "./certificate-facts.ts";
import { describeKey, isAcceptableKey } from "./key-pair.ts";
import { checkNameConstraints } from "./name-constraints.ts";
import { checkRevocation } from "./revocation.ts";
import { bearsName } from "./server-name.ts";
import { Objection, type Purpose, type Question, type Trust } from "./trust.ts";
import type { SignatureAlgorithm } from "./x509/certificate-codec.ts";
import { formatGeneralName } from "./x509/general-name.ts";
import { oids, purposeNames } from "./x509/object-identifiers.ts";

/**
 * Holds a path whose signatures are good (leaf first, anchor last) against everything else that must be true of it.
 * @throws Objection with the first thing that is not.
 */
export const checkPath = (path: readonly Certificate[], trust: Trust, question: Question): void => {
  const [leaf, ...authorities] = path as [Certificate, ...Certificate[]];
  const who = `the ${question.purpose} certificate ${leaf.fields.subject.text}`;
  checkAny(leaf, who, question);
  checkLeaf(leaf, who, question);
  for (const [index, authority] of authorities.entries()) {
    const name = `the authority ${authority.fields.subject.text} above ${who}`;
    const below = authorities.slice(0, index);
    checkAny(authority, name, question);
    checkAuthority(authority, below, who);
    for (const certificate of [leaf, ...below]) checkNameConstraints(certificate, authority, who);
  }
  for (const [index, certificate] of path.slice(0, -1).entries()) {
    const issuer = path[index + 1] as Certificate;
    const subject = nameInPath(path, index, question.purpose);
    if (!isStrongSignature(certificate.fields.signature)) {
      throw new Objection(
        `${subject} is signed with an algorithm that is not accepted (${certificate.fields.signature.oid})`,
      );
    }
    checkRevocation(certificate, issuer, trust, subject, question.now);
  }
};

/** What sentences call the certificate at that place of a path. */
export const nameInPath = (path: readonly Certificate[], index: number, purpose: Purpose): string => {
  const leaf = `the ${purpose} certificate ${path[0]!.fields.subject.text}`;
  return index === 0 ? leaf : `the authority ${path[index]!.fields.subject.text} above ${leaf}`;
};

/** What holds for every certificate of a path. */
const checkAny = (certificate: Certificate, who: string, { purpose, now }: Question): void => {
  const { notBefore, notAfter, extensions } = certificate.fields;
  if (notAfter.getTime() < now) throw new Objection(`${who} expired on ${formatDate(notAfter)}`);
  if (notBefore.getTime() > now) throw new Objection(`${who} is not valid before ${formatDate(notBefore)}`);
  const [unknown] = extensions.unknownCritical;
  if (unknown !== undefined) {
    throw new Objection(`${who} has a critical extension that is not understood (${unknown})`);
  }
  if (!isAcceptableKey(certificate.publicKey)) {
    throw new Objection(`${who} has a key that is not accepted (${describeKey(certificate.publicKey)})`);
  }
  checkPurpose(extensions.purposes, purpose, who);
};

/** No extendedKeyUsage means fit for both; one that is there must name the purpose, "any" does not. */
const checkPurpose = (purposes: readonly string[] | undefined, purpose: Purpose, who: string): void => {
  const wanted = purpose === "client" ? "clientAuth" : "serverAuth";
  if (purposes === undefined || purposes.includes(oids[wanted])) return;
  const [only, ...others] = purposes.map((oid) => purposeNames.get(oid) ?? oid);
  const plural = { client: "clients only", server: "servers only" }[only ?? ""];
  if (plural !== undefined && others.length === 0)
    throw new Objection(`${who} is for ${plural} (no ${wanted})`);
  throw new Objection(
    `${who} is not for ${purpose}s (no ${wanted} among its purposes: ${[only, ...others].join(", ")})`,
  );
};

const checkLeaf = (leaf: Certificate, who: string, { purpose, name }: Question): void => {
  const { extensions } = leaf.fields;
  if (extensions.isCa) {
    throw new Objection(
      `${who} is that of a certificate authority, which may sign others but not speak for itself`,
    );
  }
  // TLS 1.3 has signatures only, RFC 8446 section 4.4.2.2.
  if (extensions.keyUsage !== undefined && !extensions.keyUsage.has("digitalSignature")) {
    throw new Objection(`${who} may not sign a handshake (no digitalSignature in its key usage)`);
  }
  if (purpose === "server" && name !== undefined && !bearsName(extensions.names, name)) {
    const borne = extensions.names.map(formatGeneralName).join(", ") || "no name at all (SAN)";
    throw new Objection(`${who} bears ${borne}, not ${name}`);
  }
};

/** What an authority must be to sign the one below it; `below` are the authorities between it and the leaf. */
const checkAuthority = (authority: Certificate, below: readonly Certificate[], who: string): void => {
  const { extensions, subject } = authority.fields;
  const signer = `${who} is signed by ${subject.text}`;
  if (!extensions.isCa) throw new Objection(`${signer}, which is not a certificate authority`);
  if (extensions.keyUsage !== undefined && !extensions.keyUsage.has("keyCertSign")) {
    throw new Objection(`${signer}, which may not sign certificates (no keyCertSign in its key usage)`);
  }
  // Self-issued ones (a key exchanged) do not count, RFC 5280 section 6.1.4 (l).
  const levels = below.filter(({ fields }) => fields.subject.key !== fields.issuer.key).length;
  if (extensions.pathLength !== undefined && levels > extensions.pathLength) {
    throw new Objection(
      `${signer} with ${levels} authorities between, where ${extensions.pathLength} are allowed (path length)`,
    );
  }
};

const strongSignatures: ReadonlySet<string> = new Set([
  oids.sha256WithRsa,
  oids.sha384WithRsa,
  oids.sha512WithRsa,
  oids.ecdsaWithSha256,
  oids.ecdsaWithSha384,
  oids.ecdsaWithSha512,
  oids.ed25519,
  oids.ed448,
]);
/** SHA-256, SHA-384 and SHA-512. */
const strongHashes: ReadonlySet<string> = new Set(
  [1, 2, 3].map((number) => `2.16.840.1.101.3.4.2.${number}`),
);

const isStrongSignature = ({ oid, pssHash }: SignatureAlgorithm): boolean =>
  oid === oids.rsassaPss ? pssHash !== undefined && strongHashes.has(pssHash) : strongSignatures.has(oid);
