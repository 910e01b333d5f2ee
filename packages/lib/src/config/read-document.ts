import { resolve } from "node:path";
import { ConfigError } from "./config-fault.ts";
import { ConfigTextError, maxConfigBytes, readConfigText } from "./config-text.ts";
import { TomlDocument } from "./toml-document.ts";

/** What is read where no file is named. */
export const defaultConfigFile = "config.toml";

/**
 * Reads and parses the file that a command was given.
 * @param workingFolder what a relative name is relative to.
 * @throws ConfigError with the one reason why there are no values: missing, too large, not UTF-8, not TOML.
 */
export const readDocument = async (
  file: string,
  workingFolder: string,
  maxBytes = maxConfigBytes,
): Promise<TomlDocument> => {
  let text: string;
  try {
    text = await readConfigText(resolve(workingFolder, file), maxBytes);
  } catch (error) {
    if (!(error instanceof ConfigTextError)) throw error;
    const column = error.line === undefined ? undefined : 1;
    const hint = file === defaultConfigFile ? "; -c names another" : "";
    const message = `${error.message}${hint}`;
    throw new ConfigError([{ file, line: error.line, column, keyPath: "", message }]);
  }
  const document = TomlDocument.parse(file, text);
  if (document instanceof TomlDocument) return document;
  throw new ConfigError([document]);
};
