import { type Authority, issueCertificate, type LeafWish } from "@octoproxy/lib/tls/issue";
import { type WritePlace, type WrittenPair, writePair } from "./authority.ts";
import { checkFileName, makeDirectory } from "./write-files.ts";

export interface WrittenLeaf extends WrittenPair {
  /** The certificate was wished to outlive its authority, and ends with it. */
  readonly shortened: boolean;
}

/** Makes a certificate as `<directory>/<name>/<name>.crt` and `.key`. */
export const makeLeaf = (place: WritePlace, authority: Authority, wish: LeafWish): WrittenLeaf => {
  const name = checkFileName(place.name);
  const { shortened, ...issued } = issueLeaf(authority, wish);
  return { ...writePair(makeDirectory(place.directory, name), name, issued, place.force), shortened };
};

/** A certificate in memory. That of an authority which is not a root follows it: the other side needs it for the chain. */
export const issueLeaf = (authority: Authority, wish: LeafWish): ReturnType<typeof issueCertificate> => {
  const issued = issueCertificate(authority, wish);
  const { subject, issuer } = authority.certificate.fields;
  const chain = subject.key === issuer.key ? "" : authority.certificate.x509.toString();
  return { ...issued, certificate: issued.certificate + chain };
};
