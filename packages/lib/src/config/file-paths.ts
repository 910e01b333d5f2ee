import { access } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { ConfigReport } from "./config-report.ts";
import type { KeyPath } from "./key-path.ts";
import type { TomlDocument } from "./toml-document.ts";

/** Where relative paths of a configuration lead. */
export interface PathBase {
  /** Folder of the configuration, as the user named it: what messages show. */
  readonly folder: string;
  readonly workingFolder: string;
}

export interface FoundFile {
  /** As the user would name it. */
  readonly shown: string;
  readonly absolute: string;
}

export const pathBase = (configFile: string, workingFolder: string): PathBase => ({
  folder: dirname(configFile),
  workingFolder,
});

/**
 * Where the file that a key names is: relative to the configuration's folder. Where it is missing there and the
 * working folder has one, that one is used, with a warning (the original knew only the working folder).
 * It may exist in neither.
 */
export const findFile = async (
  report: ConfigReport,
  document: TomlDocument,
  base: PathBase,
  path: KeyPath,
  name: string,
): Promise<FoundFile> => {
  if (isAbsolute(name)) return { shown: name, absolute: name };
  const shown = join(base.folder, name);
  const absolute = resolve(base.workingFolder, shown);
  const old = resolve(base.workingFolder, name);
  if (old === absolute || (await exists(absolute)) || !(await exists(old))) return { shown, absolute };
  report.warn(
    document,
    path,
    `${name} is taken from the working folder; write it relative to the folder of ${document.file}`,
    "value",
  );
  return { shown: name, absolute: old };
};

const exists = async (path: string): Promise<boolean> => {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
};
