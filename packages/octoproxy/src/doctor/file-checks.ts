import { statSync } from "node:fs";
import { isIP } from "node:net";
import type { Certificate } from "@octoproxy/lib/tls/certificate";
import { readMaterialFile } from "@octoproxy/lib/tls/material-file";
import { parseCertificates } from "@octoproxy/lib/tls/material-parts";
import { bearsName } from "@octoproxy/lib/tls/server-name";
import { formatGeneralName } from "@octoproxy/lib/tls/x509/general-name";
import { type Finding, fail, pass, warn } from "./finding.ts";

const dayMs = 86_400_000;
/** A certificate that ends sooner is told. */
const soonDays = 30;

/** The files of one table: a backend's, or the server's. */
export interface TlsFileSet {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
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

/** Dates of own certificates and authorities; what has expired was a fault of the configuration already. */
export const checkDates = (sets: readonly TlsFileSet[], now: number): Finding => {
  const check = "certificates";
  const all = sets.flatMap(({ cert, ca }) => [
    ...certificatesOf(cert).slice(0, 1),
    ...(ca === undefined ? [] : certificatesOf(ca)),
  ]);
  const first = all.toSorted((a, b) => endOf(a.certificate) - endOf(b.certificate))[0]!;
  const days = Math.floor((endOf(first.certificate) - now) / dayMs);
  const date = new Date(endOf(first.certificate)).toISOString().slice(0, 10);
  if (days >= soonDays) return pass(check, `the first to end is ${first.file}, in ${days} days (${date})`);
  const when = days < 0 ? "has ended" : `ends in ${days} day${days === 1 ? "" : "s"}`;
  const advice = `octoproxy easycert renew ${first.file} --cacert … --cakey …`;
  return warn(check, `${first.file} ${when} (${date})`, advice);
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

const endOf = (certificate: Certificate): number => certificate.fields.notAfter.getTime();
