import { loadTlsMaterial, type MaterialFault, type MaterialRole } from "../tls/material.ts";
import type { Purpose } from "../tls/trust.ts";
import type { ConfigReport } from "./config-report.ts";
import { findFile, type PathBase } from "./file-paths.ts";
import type { KeyPath } from "./key-path.ts";
import { isTable, type TomlDocument } from "./toml-document.ts";

/** Where one table's files of TLS are looked for. */
export interface TlsFilesContext {
  readonly report: ConfigReport;
  readonly document: TomlDocument;
  readonly base: PathBase;
  /** Of the table. */
  readonly path: KeyPath;
  /** The keys of the table that name the files. */
  readonly keys: Readonly<Record<MaterialRole, string>>;
  /** What our certificate is presented as. */
  readonly purpose: Purpose;
}

/** A file that a key names. */
export interface NamedFile {
  /** As messages show it. */
  readonly written: string;
  readonly absolute: string;
  /** The way to the value. Undefined: it comes from the command line. */
  readonly path: KeyPath | undefined;
}

/** What a table names; undefined where the key is missing or no string, which the schema tells. */
export interface TlsFiles {
  readonly cert: NamedFile | undefined;
  readonly key: NamedFile | undefined;
  readonly ca: NamedFile | undefined;
  readonly crl: readonly NamedFile[];
}

/**
 * Finds the files that a table names, reads them and holds them against each other: missing or unreadable files, a
 * key that does not fit, an expired certificate. It takes the table as written, so that its files are looked at even
 * where another of its keys is wrong.
 * @param ca replaces the table's own.
 */
export const checkTlsFiles = async (
  context: TlsFilesContext,
  table: unknown,
  ca?: NamedFile,
): Promise<TlsFiles> => {
  const written = isTable(table) ? table : {};
  const one = (role: MaterialRole) => findNamed(context, [context.keys[role]], written[context.keys[role]]);
  const cert = await one("cert");
  const key = await one("key");
  const crl = await findList(context, written[context.keys.crl]);
  const files: TlsFiles = { cert, key, ca: ca ?? (await one("ca")), crl };
  for (const fault of materialFaults(files, context.purpose)) reportFault(context, files, fault);
  return files;
};

const materialFaults = (files: TlsFiles, purpose: Purpose): readonly MaterialFault[] => {
  if (files.cert === undefined || files.key === undefined) return [];
  const all = [files.cert, files.key, ...(files.ca === undefined ? [] : [files.ca]), ...files.crl];
  const absolute = new Map(all.map((file) => [file.written, file.absolute]));
  const named = {
    cert: files.cert.written,
    key: files.key.written,
    ca: files.ca?.written,
    crl: files.crl.map((file) => file.written),
  };
  return loadTlsMaterial(named, {
    purpose,
    now: Date.now(),
    resolve: (file) => absolute.get(file) ?? file,
  }).faults;
};

const reportFault = (
  { report, document }: TlsFilesContext,
  files: TlsFiles,
  { role, file, message }: MaterialFault,
): void => {
  const named = role === "crl" ? files.crl.find(({ written }) => written === file) : files[role];
  if (named?.path !== undefined) report.fault(document, named.path, message);
  else report.addFault({ file: "command line", line: undefined, column: undefined, keyPath: "", message });
};

const findNamed = async (
  { report, document, base, path: table }: TlsFilesContext,
  key: KeyPath,
  written: unknown,
): Promise<NamedFile | undefined> => {
  if (typeof written !== "string" || written === "") return undefined;
  const path = [...table, ...key];
  const { absolute } = await findFile(report, document, base, path, written);
  return { written, absolute, path };
};

const findList = async (context: TlsFilesContext, value: unknown): Promise<NamedFile[]> => {
  const key = context.keys.crl;
  if (!Array.isArray(value)) {
    const only = await findNamed(context, [key], value);
    return only === undefined ? [] : [only];
  }
  const found = await Promise.all(value.map((entry, index) => findNamed(context, [key, index], entry)));
  return found.filter((file) => file !== undefined);
};
