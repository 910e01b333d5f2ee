import { parse, TomlError } from "smol-toml";
import type { ConfigFault } from "./config-fault.ts";
import type { KeyPath } from "./key-path.ts";
import { tableLines } from "./table-lines.ts";
import { type Position, TomlPositions } from "./toml-positions.ts";

export type TomlTable = { readonly [name: string]: unknown };

/** A nesting that no configuration has. */
const maxDepth = 32;

/** The values of one TOML file, and where they stand. */
export class TomlDocument {
  /** As the user named it. */
  readonly file: string;
  readonly values: TomlTable;
  readonly #text: string;
  #positions: TomlPositions | undefined;
  #tableLines: ReadonlyMap<string, number> | undefined;

  private constructor(file: string, text: string, values: TomlTable) {
    this.file = file;
    this.#text = text;
    this.values = values;
  }

  /** @returns the fault with line and column where the text is not TOML. */
  static parse(file: string, text: string): TomlDocument | ConfigFault {
    try {
      return new TomlDocument(file, text, parse(text, { maxDepth }));
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      return { file, line: error.line, column: error.column, keyPath: "", message: syntaxSentence(error) };
    }
  }

  /** Where a key or its value stands; where it is missing, the table that should hold it. */
  locate(path: KeyPath, at: "key" | "value"): Position {
    return this.#lookUp().locate(path, at);
  }

  /** Line of a table at the top level. */
  tableLine(name: string): number {
    this.#tableLines ??= tableLines(this.#text, Object.keys(this.values)) ?? new Map();
    return this.#tableLines.get(name) ?? this.locate([name], "key").line;
  }

  /** Names of the entries of a table (given by its path), in file order. */
  names(path: KeyPath, table: TomlTable): readonly string[] {
    const names = Object.keys(table);
    // Objects put names that look like array indices first; every other name keeps its place.
    return names.some((name) => /^\d+$/.test(name)) ? this.#lookUp().names(path) : names;
  }

  #lookUp(): TomlPositions {
    this.#positions ??= new TomlPositions(this.#text);
    return this.#positions;
  }
}

export const isTable = (value: unknown): value is TomlTable =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

const syntaxSentence = (error: TomlError): string => {
  const [first = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
  if (first.startsWith("trying to redefine")) return "the key or table is defined a second time";
  return `not valid TOML, ${first}`;
};
