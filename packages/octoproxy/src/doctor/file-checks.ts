import { statSync } from "node:fs";
import { isIP } from "node:net";
import type { Certificate } from "@octoproxy/lib/tls/certificate";
import { readMaterialFile } from "@octoproxy/lib/tls/material-file";
import { parseCertificates } from "@octoproxy/lib/tls/material-parts";
import { bearsName } from "@octoproxy/lib/tls/server-name";
import { formatGeneralName } from "@octoproxy/lib/tls/x509/general-name";
import { type Finding, fail, pass, warn } from "./finding.ts";

/** The files of one table: a backend's, or the server's. */
export interface TlsFileSet {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
  readonly crl: readonly string[];
}

/** Keys that others may read. The files exist: the configuration was read. */
export const checkPermissions = (sets: readonly TlsFileSet[]): Finding => {
  const check = "files";
  const keys = [...new Set(sets.map(({ key }) => key))];
  const open = keys.filter((file) => (statSync(file).mode & 0o077) !== 0);
  const [first] = open;
  if (first === undefined) {
    const files = new Set(
      sets.flatMap(({ cert, key, ca }) => [cert, key, ...(ca === undefined ? [] : [ca])]),
    );
    return pass(check, `${files.size} files of certificates and keys, keys readable by their owner alone`);
  }
  const mode = (statSync(first).mode & 0o777).toString(8);
  return warn(check, `${first} has mode ${mode}: others may read the key`, `chmod 600 ${open.join(" ")}`);
};

/** Whether each certificate of a chain was signed by the one after it. */
export const checkChain = (sets: readonly TlsFileSet[]): Finding => {
  const check = "chain";
  const files = [...new Set(sets.map(({ cert }) => cert))];
  for (const file of files) {
    const chain = certificatesOf(file).map(({ certificate }) => certificate);
    for (const [index, certificate] of chain.slice(0, -1).entries()) {
      if (certificate.x509.verify(chain[index + 1]!.publicKey)) continue;
      return fail(
        check,
        `${file}: certificate ${index + 1} was not signed by certificate ${index + 2}`,
        "our own certificate comes first, then the authority that signed it, then the one above",
      );
    }
  }
  return pass(
    check,
    files.length === 1 ? "each certificate is signed by the next" : `${files.length} chains`,
  );
};

/** That the key belongs to the certificate; where it does not, the configuration was not read. */
export const checkKeys = (sets: readonly TlsFileSet[]): Finding =>
  pass("key", sets.length === 1 ? "belongs to its certificate" : "each belongs to its certificate");

/** The names by which clients can know this server. */
export const checkServerNames = (certFile: string, hosts: readonly string[]): Finding => {
  const check = "names";
  const { names } = certificatesOf(certFile)[0]!.certificate.fields.extensions;
  const shown = names.map(formatGeneralName).join(", ");
  const make = "octoproxy easycert gen … --san DNS:<name by which clients reach it>";
  if (names.length === 0)
    return fail(check, `${certFile} bears no name (SAN): every client refuses it`, make);
  const special = hosts.filter((host) => isIP(host) !== 0 && host !== "0.0.0.0" && host !== "::");
  const missing = special.find((host) => !bearsName(names, host));
  if (missing === undefined) return pass(check, `the certificate bears ${shown}`);
  const message = `the certificate bears ${shown}, not the address it listens on, ${missing}`;
  return warn(check, message, "clients need server_name, or a certificate made with --san IP:…");
};

const certificatesOf = (file: string): { file: string; certificate: Certificate }[] =>
  parseCertificates(readMaterialFile(file)).map((certificate) => ({ file, certificate }));
