import type { TakenMaterial } from "@octoproxy/lib/lifecycle/certificate-upkeep";
import type { CertificateExpiry } from "@octoproxy/lib/tls/certificate-expiry";
import { type MaterialFiles, pathsOf } from "@octoproxy/lib/tls/material";
import { isSameMaterial } from "@octoproxy/lib/tls/material-digest";
import type { BackendTlsFiles, ClientConfig } from "../config/client-config.ts";
import type { BackendPlan } from "./backend-set.ts";

/** Every file of certificates, keys and lists that the backends name. */
export const tlsFilesOf = ({ backends }: ClientConfig): readonly string[] =>
  pathsOf(backends.map(({ tls }) => materialFilesOf(tls)));

/** What a backend's material is read from. */
export const materialFilesOf = (tls: BackendTlsFiles): MaterialFiles => ({
  cert: tls.certFile,
  key: tls.keyFile,
  ca: tls.caFile,
  crl: tls.crlFiles,
});

/** When what is in force ends, each file once. */
export const expiriesOf = (plans: readonly BackendPlan[]): readonly CertificateExpiry[] => {
  const byFile = new Map<string, CertificateExpiry>();
  for (const { material } of plans) {
    for (const expiry of material?.expiries ?? []) byFile.set(`${expiry.holds} ${expiry.file}`, expiry);
  }
  return [...byFile.values()];
};

/** Whose certificates or lists are others than before; new backends are not among them. */
export const takenBetween = (
  before: readonly BackendPlan[],
  after: readonly BackendPlan[],
): readonly TakenMaterial[] => {
  const former = new Map(before.map(({ settings, material }) => [settings.name, material]));
  return after.flatMap(({ settings: { name: backend }, material }) => {
    const known = former.get(backend);
    if (material === undefined || known === undefined || isSameMaterial(material, known)) return [];
    return [{ backend, material }];
  });
};
