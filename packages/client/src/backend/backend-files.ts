import type { CertificateExpiry } from "@octoproxy/lib/tls/certificate-expiry";
import type { ClientConfig } from "../config/client-config.ts";
import type { BackendPlan } from "./backend-set.ts";

/** Every file of certificates, keys and lists that the backends name. */
export const tlsFilesOf = ({ backends }: ClientConfig): readonly string[] => [
  ...new Set(
    backends.flatMap(({ tls: { caFile, certFile, keyFile, crlFiles } }) => [
      certFile,
      keyFile,
      ...(caFile === undefined ? [] : [caFile]),
      ...crlFiles,
    ]),
  ),
];

/** When what is in force ends, each file once. */
export const expiriesOf = (plans: readonly BackendPlan[]): readonly CertificateExpiry[] => {
  const byFile = new Map<string, CertificateExpiry>();
  for (const { material } of plans) {
    for (const expiry of material?.expiries ?? []) byFile.set(`${expiry.holds} ${expiry.file}`, expiry);
  }
  return [...byFile.values()];
};
