import { type Authority, type IssuedLeaf, issueCertificate, type LeafWish } from "@octoproxy/lib/tls/issue";
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

/** A certificate in memory, with what must be presented beside it. */
export const issueLeaf = (authority: Authority, wish: LeafWish): IssuedLeaf =>
  withChain(authority, issueCertificate(authority, wish));

/** Lets the certificate of an authority that is no root follow: the other side knows the root alone. */
export const withChain = (authority: Authority, issued: IssuedLeaf): IssuedLeaf => {
  const { subject, issuer } = authority.certificate.fields;
  const chain = subject.key === issuer.key ? "" : authority.certificate.x509.toString();
  return { ...issued, certificate: issued.certificate + chain };
};
