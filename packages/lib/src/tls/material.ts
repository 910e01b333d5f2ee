import type { KeyObject } from "node:crypto";
import { getCACertificates } from "node:tls";
import { Certificate } from "./certificate.ts";
import {
  type CertificateExpiry,
  expiryOfAuthorities,
  expiryOfLists,
  expiryOfOwn,
} from "./certificate-expiry.ts";
import { formatDate } from "./certificate-facts.ts";
import { readMaterialFile } from "./material-file.ts";
import { parseCertificates, parsePrivateKey, parseRevocationLists } from "./material-parts.ts";
import type { Purpose, Trust } from "./trust.ts";
import { oids } from "./x509/object-identifiers.ts";

/** Files as the configuration names them. */
export interface MaterialFiles {
  /** PEM: our certificate first, then the authorities between it and the root. */
  readonly cert: string;
  readonly key: string;
  /** PEM, any number of certificates. Undefined: the system's roots. */
  readonly ca?: string | undefined;
  /** PEM or DER. */
  readonly crl?: readonly string[] | undefined;
}

/** Paths of all files that these name, each once: one file may hold a certificate with its key, or serve several. */
export const pathsOf = (all: readonly MaterialFiles[]): readonly string[] => [
  ...new Set(
    all.flatMap(({ cert, key, ca, crl = [] }) => [cert, key, ...(ca === undefined ? [] : [ca]), ...crl]),
  ),
];

/** Which of the files a fault is in. */
export type MaterialRole = "cert" | "key" | "ca" | "crl";

/** Something wrong with a file. */
export interface MaterialFault {
  readonly role: MaterialRole;
  /** As the configuration names it. */
  readonly file: string;
  /** A sentence that begins with the file's name. */
  readonly message: string;
}

/** What TLS needs: who we are and whom we trust. */
export interface TlsMaterial {
  /** PEM of our certificate and the authorities after it. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** PEM, one certificate each; undefined for the system's roots. */
  readonly ca: readonly string[] | undefined;
  readonly trust: Trust;
  /** Our own certificate. */
  readonly own: Certificate;
  /** When each of the files ends, as far as it does. */
  readonly expiries: readonly CertificateExpiry[];
}

export interface MaterialOptions {
  /** What we present our certificate as: a server's daemon is `server`. */
  readonly purpose: Purpose;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Path of a file that the configuration names. */
  readonly resolve: (file: string) => string;
}

/** Reads and cross-checks everything, and tells every fault there is. `material` is there when there is none. */
export const loadTlsMaterial = (
  files: MaterialFiles,
  options: MaterialOptions,
): { readonly material: TlsMaterial | undefined; readonly faults: readonly MaterialFault[] } => {
  const faults: MaterialFault[] = [];
  /** What `parse` makes of a file; each sentence that it throws or that reading gives is a fault. */
  const load = <T>(role: MaterialRole, file: string, parse: (content: Buffer) => T): T | undefined => {
    try {
      return parse(readMaterialFile(options.resolve(file)));
    } catch (error) {
      faults.push({ role, file, message: `${file} ${(error as Error).message}` });
      return undefined;
    }
  };
  const check = (role: MaterialRole, file: string, messages: readonly string[]): void => {
    for (const message of messages) faults.push({ role, file, message: `${file} ${message}` });
  };

  const chain = load("cert", files.cert, parseCertificates);
  const own = chain?.[0];
  const key = load("key", files.key, parsePrivateKey);
  if (chain !== undefined && own !== undefined) {
    check("cert", files.cert, ownFaults(own, options));
    if (key !== undefined) check("key", files.key, keyFaults(chain, key, files.cert));
  }
  const anchors = files.ca === undefined ? systemRoots() : load("ca", files.ca, parseCertificates);
  if (files.ca !== undefined && anchors !== undefined)
    check("ca", files.ca, anchorFaults(anchors, options.now));
  const lists = (files.crl ?? []).map((file) => load("crl", file, parseRevocationLists) ?? []);

  if (faults.length > 0 || !own || !chain || !key || !anchors) return { material: undefined, faults };
  return {
    faults,
    material: {
      cert: chain.map(({ x509 }) => x509.toString()).join(""),
      key: key.export({ type: "pkcs8", format: "pem" }) as string,
      ca: files.ca === undefined ? undefined : anchors.map(({ x509 }) => x509.toString()),
      trust: { anchors, revocationLists: lists.flat() },
      own,
      expiries: [
        expiryOfOwn(files.cert, own),
        ...(files.ca === undefined ? [] : expiryOfAuthorities(files.ca, anchors, options.now)),
        ...lists.flatMap((ofFile, place) => expiryOfLists(files.crl![place]!, ofFile)),
      ],
    },
  };
};

const keyFaults = (chain: readonly Certificate[], key: KeyObject, certFile: string): string[] => {
  const index = chain.findIndex(({ x509 }) => x509.checkPrivateKey(key));
  if (index === 0) return [];
  return index > 0
    ? [`belongs to certificate ${index + 1} of ${certFile}, where our own must be the first`]
    : [`does not belong to ${certFile} (the certificate's public key is another)`];
};

/** What is wrong with our own certificate by itself: said at start, not by the first peer. */
const ownFaults = (own: Certificate, { purpose, now }: MaterialOptions): string[] => {
  const { notBefore, notAfter, extensions } = own.fields;
  const faults: string[] = [];
  if (notAfter.getTime() < now) faults.push(`expired on ${formatDate(notAfter)}`);
  if (notBefore.getTime() > now) faults.push(`is not valid before ${formatDate(notBefore)}`);
  if (extensions.isCa)
    faults.push("is the certificate of an authority, which signs others and is not presented");
  const wanted = purpose === "client" ? "clientAuth" : "serverAuth";
  if (extensions.purposes !== undefined && !extensions.purposes.includes(oids[wanted])) {
    faults.push(`is not for ${purpose}s (no ${wanted} among its purposes)`);
  }
  return faults;
};

/** Faults with which nobody could ever be accepted. */
const anchorFaults = (anchors: readonly Certificate[], now: number): string[] => {
  const authorities = anchors.filter(({ fields }) => fields.extensions.isCa);
  if (authorities.length === 0) return ["holds no certificate of an authority (CA)"];
  if (authorities.some(({ fields }) => fields.notAfter.getTime() >= now)) return [];
  const last = Math.max(...authorities.map(({ fields }) => fields.notAfter.getTime()));
  return [`expired on ${formatDate(new Date(last))}`];
};

let roots: readonly Certificate[] | undefined;

/** The system's roots, read once. */
const systemRoots = (): readonly Certificate[] => {
  roots ??= getCACertificates("system").map((pem) => new Certificate(pem));
  return roots;
};
