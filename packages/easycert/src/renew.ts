import { extname } from "node:path";
import type { Certificate } from "@octoproxy/lib/tls/certificate";
import { issueParts } from "@octoproxy/lib/tls/issue";
import type { KeyKind } from "@octoproxy/lib/tls/key-pair";
import type { WantedName } from "@octoproxy/lib/tls/x509/general-name";
import { formatGeneralName, type GeneralName } from "@octoproxy/lib/tls/x509/general-name";
import { oids } from "@octoproxy/lib/tls/x509/object-identifiers";
import { type AuthorityFiles, loadAuthority, loadCertificates } from "./authority.ts";
import { failure } from "./easycert-error.ts";
import { type WrittenLeaf, withChain } from "./generate.ts";
import { checkIssuer } from "./revocation-file.ts";
import { publicMode, secretMode, writeNewFiles } from "./write-files.ts";

export interface RenewWish {
  /** Undefined: as many as the old one was made for. */
  readonly days: number | undefined;
  /** Undefined: the old one's kind. */
  readonly keyKind: KeyKind | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Replaces a certificate and the key beside it: same subject, names and purposes, new dates, new key. */
export const renew = (certificateFile: string, files: AuthorityFiles, wish: RenewWish): WrittenLeaf => {
  const authority = loadAuthority(files, wish.now);
  const old = loadCertificates(certificateFile)[0] as Certificate;
  checkIssuer(old, authority);
  const { subject, notBefore, notAfter, extensions } = old.fields;
  if (extensions.isCa) throw failure(`${certificateFile} is an authority; easycert ca makes a new one`);
  const issued = withChain(
    authority,
    issueParts(authority, {
      subject: subject.node,
      names: extensions.names.map((name) => writable(name, certificateFile)),
      purposes: extensions.purposes ?? [oids.serverAuth, oids.clientAuth],
      keyKind: wish.keyKind ?? kindOf(old),
      days: wish.days ?? Math.max(Math.floor((notAfter.getTime() - notBefore.getTime()) / dayMs), 1),
      now: wish.now,
    }),
  );
  const keyFile = keyFileOf(certificateFile);
  writeNewFiles(
    [
      { path: keyFile, content: issued.key, mode: secretMode },
      { path: certificateFile, content: issued.certificate, mode: publicMode },
    ],
    true,
  );
  return { certificateFile, keyFile, issued, shortened: issued.shortened };
};

/** The key stands beside the certificate: `me.crt` has `me.key`. */
const keyFileOf = (file: string): string => `${file.slice(0, file.length - extname(file).length)}.key`;

const writable = (name: GeneralName, file: string): WantedName => {
  const { type, value } = name;
  if (type === "DNS" || type === "IP" || type === "email" || type === "URI") return { type, value };
  throw failure(`${file} bears a name that easycert does not write (${formatGeneralName(name)})`);
};

const kindOf = ({ publicKey }: Certificate): KeyKind => {
  const type = publicKey.asymmetricKeyType;
  return type === "rsa" || type === "ed25519" ? type : "ec";
};
