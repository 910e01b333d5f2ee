import type { ConfigReport } from "./config-report.ts";
import { type FoundFile, findFile, type PathBase } from "./file-paths.ts";
import type { KeyPath } from "./key-path.ts";
import { isTable, type TomlDocument } from "./toml-document.ts";

/** The keys of a table that name the files of TLS. */
export interface TlsKeys {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly crl: string;
}

/** Absolute paths; undefined where the key is missing or no string, which the schema tells. */
export interface FoundTlsFiles {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
  readonly crl: readonly string[];
}

/** Where one table's files are looked for. */
export interface TlsFilesContext {
  readonly report: ConfigReport;
  readonly document: TomlDocument;
  readonly base: PathBase;
  /** Of the table. */
  readonly path: KeyPath;
  readonly keys: TlsKeys;
}

/**
 * Finds the files that a table names. It takes the table as written, so that its files are looked at even where
 * another of its keys is wrong.
 */
export const findTlsFiles = async (context: TlsFilesContext, table: unknown): Promise<FoundTlsFiles> => {
  const { keys } = context;
  const written = isTable(table) ? table : {};
  const crl = written[keys.crl];
  return {
    cert: await findOne(context, [keys.cert], written[keys.cert]),
    key: await findOne(context, [keys.key], written[keys.key]),
    ca: await findOne(context, [keys.ca], written[keys.ca]),
    crl: await findList(context, Array.isArray(crl) ? crl : [crl]),
  };
};

const findOne = async (
  { report, document, base, path }: TlsFilesContext,
  key: KeyPath,
  written: unknown,
): Promise<string | undefined> => {
  if (typeof written !== "string" || written === "") return undefined;
  const { absolute }: FoundFile = await findFile(report, document, base, [...path, ...key], written);
  return absolute;
};

const findList = async (context: TlsFilesContext, written: readonly unknown[]): Promise<string[]> => {
  const found = await Promise.all(
    written.map((file, index) => findOne(context, [context.keys.crl, index], file)),
  );
  return found.filter((file) => file !== undefined);
};
